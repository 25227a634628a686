# Compiler options that every room shares.
option(YIXIN_BUILD_TESTS "Build the tests" ON)
set(YIXIN_SANITIZE "" CACHE STRING "Sanitizers for the whole build: address,undefined or thread")

add_library(yixin_options INTERFACE)
target_compile_options(yixin_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
  # g++ fuses a*b+c by default, which would make a result depend on inlining.
  -ffp-contract=off)
if(YIXIN_SANITIZE)
  target_compile_options(yixin_options INTERFACE
    -fsanitize=${YIXIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(yixin_options INTERFACE -fsanitize=${YIXIN_SANITIZE})
endif()
