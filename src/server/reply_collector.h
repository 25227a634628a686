// One request's replies in work: the engine writes them side by side, and they become one answer or
// one stream, in the words of their API.
// Tested by: reply_collector_test.cc
#pragma once

#include <memory>

#include "server/backend.h"
#include "server/exchange.h"
#include "server/reply_request.h"
#include "server/reply_times.h"
#include "server/reply_writer.h"

namespace yixin {

// Returns at once; the exchange gets exactly one answer. A client that goes cancels its replies.
// The backend outlives the request. count: called at the end of each reply, by any thread.
void StartReplies(Backend& backend, const ReplyRequest& request,
                  std::unique_ptr<ReplyWriter> writer, CountReply count,
                  const std::shared_ptr<Exchange>& exchange);

}  // namespace yixin
