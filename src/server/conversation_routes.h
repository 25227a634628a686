// /v1/conversations: what the desk keeps, as JSON. Each answers through the exchange, from the
// desk's thread.
// Tested by: conversation_routes_test.cc
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/conversation_desk.h"
#include "server/exchange.h"

namespace yixin {

// ?limit=1..200 (50) &after=NAME. The newest first.
void ListConversations(ConversationDesk& desk, const std::string& owner, std::string_view query,
                       const std::shared_ptr<Exchange>& exchange);
// In: the name as the path has it, percent-encoded. 404 where there is none.
void ReadConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                      const std::shared_ptr<Exchange>& exchange);
// The file that `yixin chat` loads.
void ExportConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                        const std::shared_ptr<Exchange>& exchange);
void DeleteConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                        const std::shared_ptr<Exchange>& exchange);

}  // namespace yixin
