# Compiler options that every room shares.
option(YIXIN_BUILD_TESTS "Build the tests" ON)
set(YIXIN_ROOMS "" CACHE STRING "Build these rooms and their unit tests only, in order of rank: base;kernels")
option(YIXIN_FUZZ "Build the fuzzers with clang's libFuzzer instead of the corpus runner" OFF)
set(YIXIN_SANITIZE "" CACHE STRING "Sanitizers for the whole build: address,undefined or thread")
# For the sanitizers, whose builds are the longest. Not for Release, where each source has to compile by itself:
# there it shows that one lacks an #include.
option(YIXIN_UNITY "Compile the sources of a room or test several at a time" OFF)

add_library(yixin_options INTERFACE)
target_compile_options(yixin_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
  # Members left to their defaults are what designated initializers are for.
  -Wno-missing-field-initializers
  # g++ fuses a*b+c by default, which would make a result depend on inlining.
  -ffp-contract=off)

if(YIXIN_SANITIZE)
  # No build type, so asserts are on. -Og: a tenth less time to build than -O1 (decision 015), and stacks that can
  # be read.
  target_compile_options(yixin_options INTERFACE
    -Og -g1 -fsanitize=${YIXIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # What g++ 12 warns about in instrumented standard headers is not so.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-stringop-overflow>)
  target_link_options(yixin_options INTERFACE -fsanitize=${YIXIN_SANITIZE})
endif()
if(YIXIN_UNITY)
  # A type in an anonymous namespace of a source is in an included file here, but in one unit all the same.
  target_compile_options(yixin_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(YIXIN_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "YIXIN_FUZZ needs clang: make fuzz")
  endif()
  # Coverage counters everywhere; libFuzzer's main is linked by tests/fuzz alone.
  target_compile_options(yixin_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(yixin_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Used where it is installed, needed nowhere.
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(YIXIN_CCACHE ccache)
  if(YIXIN_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${YIXIN_CCACHE})
  endif()
endif()
