// A conversation as JSON, for /save and /load:
//   {"format": "yixin.conversation", "version": 1, "task": ..., "system": ...,
//    "turns": [{"user": ..., "reply": ..., "mood": ...}]}
// Tested by: conversation_json_test.cc
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tasks/dialogue.h"
#include "yixin/result.h"

namespace yixin {

struct SavedConversation {
  std::string task;    // for people; it is not looked up
  std::string system;  // empty: the task's own
  std::vector<ChatTurnText> turns;
};

std::string WriteConversation(const SavedConversation& conversation);
// Errors: kInvalidFile with the place. Unknown keys are left alone, for later versions.
Result<SavedConversation> ParseConversation(std::string_view json);

}  // namespace yixin
