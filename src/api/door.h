// The library's doors: no exception leaves them. Out of memory and what a caller's sink or progress
// function throws become errors. Tested by: assistant_test.cc
#pragma once

#include <exception>
#include <new>
#include <string>
#include <type_traits>

#include "yixin/result.h"

namespace yixin {

template <typename F>
std::invoke_result_t<F> AtDoor(F&& function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kOutOfMemory,
                 "not enough memory; use a smaller model, a smaller context or fewer texts at once",
                 "memory"};
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, std::string("unexpected: ") + error.what(), ""};
  }
}

}  // namespace yixin
