// What a Conversation holds. Tested by: assistant_test.cc
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/assistant_state.h"
#include "tasks/dialogue.h"
#include "yixin/chat.h"

namespace yixin {

struct Conversation::State {
  State(std::shared_ptr<Assistant::State> owner, Dialogue made)
      : assistant(std::move(owner)), dialogue(std::move(made)) {}

  std::shared_ptr<Assistant::State> assistant;  // has the engine, so it goes last
  Dialogue dialogue;
  std::optional<Classifier> reader;
  std::vector<ChatTurn> turns;  // the dialogue's, for turns()
};

}  // namespace yixin
