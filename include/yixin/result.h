// Result<T>: a value or an Error. The shape of std::expected (C++23), whose member names it keeps.
// An Error is an expected failure: what failed, where, what was expected, what to do about it.
// Tested by: src/base/result_test.cc
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace yixin {

// Every kind of failure, once. Exit codes, HTTP statuses and Python exceptions are looked up by it
// (see error_table.h), so two paths to the same failure cannot report it differently.
enum class ErrorCode {
  kInvalidArgument,  // a value that a caller may not pass: a flag, a field of a request
  kInvalidText,      // text that is empty, not UTF-8, or too long for the context
  kInvalidFile,      // bytes that do not parse: model, task, catalog
  kUnsupported,      // well-formed, but a kind that yixin does not run
  kNotFound,         // no such model, task or file
  kIo,               // the operating system refused: permission, disk full, read error
  kNetwork,          // no source could be reached
  kVerification,     // bytes arrived whole and are not the right ones
  kBusy,             // somebody else holds the lock or the queue is full
  kCancelled,        // stopped on request or by a deadline
  kOutOfMemory,      // allocation failed
  kInternal,         // a bug: NaN in the logits, an invariant broken
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // one line for a person: what, where, expected and got, what to do
  std::string subject;  // the field, file or tensor that it is about; may be empty
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  // By value: `for (x : *Function())` and `const auto& x = *Function()` keep what they look at.
  T value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  void value() const {}
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  bool failed_ = false;
  Error error_;
};

using Status = Result<void>;

}  // namespace yixin

#define YIXIN_CONCAT_INNER(a, b) a##b
#define YIXIN_CONCAT(a, b) YIXIN_CONCAT_INNER(a, b)

// YIXIN_TRY(auto x, Expression()): x is the value, or this function returns the error.
#define YIXIN_TRY(declaration, expression) \
  YIXIN_TRY_INNER(YIXIN_CONCAT(yixin_try_, __COUNTER__), declaration, expression)
#define YIXIN_TRY_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                            \
  if (!temporary) return std::move(temporary).error();      \
  declaration = *std::move(temporary)

// YIXIN_CHECK_OK(Expression()): this function returns the error, if there is one.
#define YIXIN_CHECK_OK(expression)                                                               \
  do {                                                                                           \
    if (auto yixin_status = (expression); !yixin_status) return std::move(yixin_status).error(); \
  } while (false)
