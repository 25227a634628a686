// What the routes ask of the engine: the seam between the door and Service.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "yixin/assistant.h"
#include "yixin/service.h"

namespace yixin {

// Threads: any.
struct Backend {
  virtual ~Backend() = default;
  // As Service has them: at once, and a number for Cancel; `done` comes from another thread.
  virtual Result<uint64_t> Classify(std::vector<std::string> texts, const ClassifyOptions& options,
                                    Service::LabelsDone done) = 0;
  virtual Result<uint64_t> Chat(const ChatRequest& request,
                                std::shared_ptr<ChatListener> listener) = 0;
  virtual void Cancel(uint64_t request) = 0;
  // Whatever is in work ends with kCancelled, and nothing is taken any more.
  virtual void EndAll() = 0;
  virtual ServiceCounts counts() = 0;
  virtual AssistantStats stats() = 0;
};

class ServiceBackend : public Backend {
 public:
  // The assistant outlives it.
  ServiceBackend(const Assistant& assistant, Service service)
      : assistant_(&assistant), service_(std::move(service)) {}
  Result<uint64_t> Classify(std::vector<std::string> texts, const ClassifyOptions& options,
                            Service::LabelsDone done) override {
    return service_.Classify(std::move(texts), options, std::move(done));
  }
  Result<uint64_t> Chat(const ChatRequest& request,
                        std::shared_ptr<ChatListener> listener) override {
    return service_.Chat(request, std::move(listener));
  }
  void Cancel(uint64_t request) override { service_.Cancel(request); }
  void EndAll() override { service_.Stop(); }
  ServiceCounts counts() override { return service_.counts(); }
  AssistantStats stats() override { return assistant_->stats(); }

 private:
  const Assistant* assistant_;
  Service service_;
};

}  // namespace yixin
