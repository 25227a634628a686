// Tested by: child_process_test.cc
#include "bench/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>

extern char** environ;

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostOutput = size_t{1} << 20;
constexpr int kStopCheckMs = 50;  // how long a request to stop may go unnoticed

// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Killed and reaped, unless it has ended by itself.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    Wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Out: the status of waitpid.
  int Wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

Error SystemError(const std::string& what, const std::string& program, int number) {
  return {ErrorCode::kIo, what + " " + program + ": " + std::strerror(number), program};
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    bool replaced = false;
    for (const auto& [name, value] : variables) replaced |= line.starts_with(name + "=");
    if (!replaced) all.emplace_back(line);
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

Result<pid_t> Start(const ChildCommand& command, int output, int errors) {
  std::vector<std::string> words{command.program};
  words.insert(words.end(), command.words.begin(), command.words.end());
  std::vector<std::string> variables = Environment(command.variables);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, command.program.c_str(), &actions, nullptr,
                                 Pointers(words).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return SystemError("cannot start", command.program, failed);
  return pid;
}

// "; LINE", the last line of what a child said of its troubles.
std::string LastWords(int errors) {
  std::string text(4096, '\0');
  const off_t end = lseek(errors, 0, SEEK_END);
  const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(text.size()));
  const ssize_t count = pread(errors, text.data(), text.size(), begin);
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t line = text.rfind('\n');
  if (line != std::string::npos) text.erase(0, line + 1);
  return text.empty() ? "" : "; " + text;
}

}  // namespace

Result<ChildOutput> RunChild(const ChildCommand& command, const StopFlag* stop) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("no pipe for", command.program, errno);
  const Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  // In memory: a pipe that nobody reads would fill and stop the child.
  const Descriptor errors(memfd_create("errors", MFD_CLOEXEC));
  if (errors.get() < 0) return SystemError("no memory file for", command.program, errno);
  const auto start = Clock::now();
  const auto elapsed_ms = [&] {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  };
  YIXIN_TRY(const pid_t pid, Start(command, writer.get(), errors.get()));
  Child child(pid);
  writer.Close();

  ChildOutput output;
  std::optional<double> first;
  while (true) {
    if (stop != nullptr && stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped on request", command.program};
    }
    if (elapsed_ms() > command.timeout_ms) {
      return Error{ErrorCode::kCancelled,
                   command.program + ": no end after " + std::to_string(command.timeout_ms) + " ms",
                   command.program};
    }
    pollfd wait{reader.get(), POLLIN, 0};
    if (poll(&wait, 1, kStopCheckMs) <= 0) continue;  // nothing yet, or a signal
    char buffer[4096];
    const ssize_t count = read(reader.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("cannot read from", command.program, errno);
    if (count == 0) break;
    if (!first) first = elapsed_ms();
    if (output.text.size() + static_cast<size_t>(count) <= kMostOutput) {
      output.text.append(buffer, static_cast<size_t>(count));
    }
  }
  const int status = child.Wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string how = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                              : "signal " + std::to_string(WTERMSIG(status));
    return Error{ErrorCode::kInternal,
                 command.program + ": ended with " + how + LastWords(errors.get()),
                 command.program};
  }
  if (!first) {
    return Error{ErrorCode::kInternal, command.program + ": said nothing", command.program};
  }
  output.first_byte_ms = *first;
  return output;
}

}  // namespace yixin
