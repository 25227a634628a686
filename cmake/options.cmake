# Compiler options that every room shares.
option(YIXIN_BUILD_TESTS "Build the tests" ON)
set(YIXIN_ROOMS "" CACHE STRING "Build these rooms and their unit tests only, in order of rank: base;kernels")
option(YIXIN_FUZZ "Build the fuzzers with clang's libFuzzer instead of the corpus runner" OFF)
set(YIXIN_SANITIZE "" CACHE STRING "Sanitizers for the whole build: address,undefined or thread")
# ALL takes half the time. TESTS compiles the sources of the rooms one by one, which shows that one lacks an
# #include: the thread sanitizer's build does. NONE is for clang-tidy, for editors, and for who changes a file a minute.
set(YIXIN_UNITY ALL CACHE STRING "Which sources are compiled several at a time: ALL, TESTS or NONE")
if(NOT YIXIN_UNITY MATCHES "^(ALL|TESTS|NONE)$")
  message(FATAL_ERROR "YIXIN_UNITY=${YIXIN_UNITY}: want ALL, TESTS or NONE")
endif()

add_library(yixin_options INTERFACE)
target_compile_options(yixin_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
  # Members left to their defaults are what designated initializers are for.
  -Wno-missing-field-initializers
  # g++ fuses a*b+c by default, which would make a result depend on inlining.
  -ffp-contract=off
  # What g++ 12 warns about in standard headers, where much is inlined, is not so.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict>)

if(YIXIN_SANITIZE)
  # No build type, so asserts are on. -Og: a tenth less time to build than -O1 (decision 015), and stacks that can
  # be read.
  target_compile_options(yixin_options INTERFACE
    -Og -g1 -fsanitize=${YIXIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(yixin_options INTERFACE -fsanitize=${YIXIN_SANITIZE})
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
