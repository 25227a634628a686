// One member of a wheel (a zip file), read as data. Nothing of a wheel is executed or written under
// a name of its own. Tested by: wheel_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Passes the bytes of `member` from `skip` on to the sink, in order. A member whose unpacked size
// is not exactly `bytes` is refused before anything is unpacked, and unpacking stops where it says
// more than its header did. Errors: kVerification (no zip file, no such member, encrypted, other
// size, wrong checksum); kIo; kCancelled; the sink's.
Status ReadWheelMember(const std::filesystem::path& wheel, const std::string& member,
                       uint64_t bytes, uint64_t skip,
                       const std::function<Status(std::span<const std::byte>)>& sink,
                       const StopFlag* stop);

}  // namespace yixin
