// Tested by: assist_test.cc, conversation_routes_test.cc
#include "server/conversation_desk.h"

#include <exception>

#include "yixin/error_table.h"

namespace yixin {

ConversationDesk::ConversationDesk(std::filesystem::path file,
                                   std::function<void(const std::string&)> report)
    : file_(std::move(file)), report_(std::move(report)), thread_([this] { Run(); }) {}

void ConversationDesk::Report(const Error& error) const {
  if (report_ && TraitsOf(error.code).http_status >= 500) report_(error.message);
}

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
    try {
      Do(job);
    } catch (const std::exception& failure) {
      Report({ErrorCode::kInternal, failure.what(), ""});
    }
  }
}

void ConversationDesk::Do(const Job& job) {
  if (file_.empty()) {
    return job(Error{ErrorCode::kNotFound, "this server keeps no conversations", "conversation"});
  }
  if (!store_) {
    auto opened = ConversationStore::Open(file_);
    // Ours to mend, whatever it is, not the client's.
    if (!opened) return job(Error{ErrorCode::kIo, opened.error().message, ""});
    store_.emplace(*std::move(opened));
  }
  job(&*store_);
}

}  // namespace yixin
