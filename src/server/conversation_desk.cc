// Tested by: assist_test.cc, conversation_routes_test.cc
#include "server/conversation_desk.h"

namespace yixin {

ConversationDesk::ConversationDesk(std::filesystem::path file)
    : file_(std::move(file)), thread_([this] { Run(); }) {}

ConversationDesk::~ConversationDesk() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  filled_.notify_one();
  thread_.join();
}

void ConversationDesk::Post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  filled_.notify_one();
}

bool ConversationDesk::Claim(const ConversationName& name) {
  const std::lock_guard lock(mutex_);
  return claimed_.insert({name.owner, name.name}).second;
}

void ConversationDesk::Release(const ConversationName& name) {
  const std::lock_guard lock(mutex_);
  claimed_.erase({name.owner, name.name});
}

void ConversationDesk::Run() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [&] { return is_stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (file_.empty()) {
      job(Error{ErrorCode::kNotFound, "this server keeps no conversations", "conversation"});
      continue;
    }
    if (!store_) {
      auto opened = ConversationStore::Open(file_);
      if (!opened) {
        // Ours to mend, not the client's.
        job(Error{ErrorCode::kIo, opened.error().message, ""});
        continue;
      }
      store_.emplace(*std::move(opened));
    }
    job(&*store_);
  }
}

}  // namespace yixin
