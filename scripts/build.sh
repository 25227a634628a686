#!/bin/sh
# Configures and builds one flavour: scripts/build.sh FLAVOUR [--configure-only] [TARGET...]
#   release   build/release   what people run
#   asan      build/asan      address and undefined-behaviour sanitizers (or $SAN)
#   tsan      build/tsan      thread sanitizer
#   fuzz      build/fuzz      clang's libFuzzer with the address sanitizer
#   arm       build/arm       64-bit ARM, the rooms base and kernels with their tests
#   lint      build/lint      a compile_commands.json with every source by itself, for clang-tidy and editors
# YIXIN_UNITY=NONE compiles build/release source by source: slower as a whole, faster after a change of one.
# Configures again only when the flavour's options changed or the folder moved; a build with nothing to
# do says nothing. Reads no standard input and writes to standard error only.
# Tested by: scripts/scripts_test.py
set -eu
exec </dev/null >&2

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
flavour=$1
shift
configure_only=no
if [ "${1:-}" = --configure-only ]; then
  configure_only=yes
  shift
fi

case $flavour in
  release) set -- -DCMAKE_BUILD_TYPE=Release "-DYIXIN_UNITY=${YIXIN_UNITY:-ALL}" -- "$@" ;;
  asan) set -- "-DYIXIN_SANITIZE=${SAN:-address,undefined}" -- "$@" ;;
  tsan) set -- -DYIXIN_SANITIZE=thread -DYIXIN_UNITY=TESTS -- "$@" ;;
  lint) set -- -DCMAKE_BUILD_TYPE=Release -DYIXIN_UNITY=NONE -- "$@" ;;
  fuzz) set -- -DCMAKE_CXX_COMPILER=clang++-14 -DYIXIN_FUZZ=ON -DYIXIN_SANITIZE=address -- "$@" ;;
  # cmake looks for a relative toolchain file in the source folder.
  arm) set -- -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake '-DYIXIN_ROOMS=base;kernels' -- "$@" ;;
  *)
    echo "yixin: unknown flavour '$flavour': release, asan, tsan, fuzz, arm or lint"
    exit 2
    ;;
esac

options=''
while [ "$1" != -- ]; do
  options="$options $1"
  shift
done
shift  # "$@" is the targets now

build=$root/build/$flavour
jobs=$("$root/scripts/jobs.sh")
stamp="$root$options"
if [ "$(cat "$build/.configured" 2>/dev/null || true)" != "$stamp" ]; then
  # A cache of another folder or compiler cannot be changed in place.
  rm -rf "$build"
  mkdir -p "$build"
  if command -v ninja >/dev/null 2>&1; then generator=Ninja; else generator='Unix Makefiles'; fi
  echo "yixin: configuring build/$flavour"
  # shellcheck disable=SC2086  # a list of words
  cmake -S "$root" -B "$build" -G "$generator" $options >"$build/configure.log" 2>&1 || {
    cat "$build/configure.log"
    echo "yixin: cmake could not configure build/$flavour (also in build/$flavour/configure.log)"
    exit 1
  }
  echo "$stamp" >"$build/.configured"
fi
if [ $configure_only = yes ]; then
  # What reads compile_commands.json reads it of the CMakeLists as they are now; a build looks itself.
  cmake "$build" >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
  exit 0
fi

# Asked first, so that the second `make chat` starts without a word.
if [ -f "$build/build.ninja" ] && ninja -C "$build" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
  exit 0
fi
echo "yixin: building build/$flavour with $jobs job(s)"
if [ $# -gt 0 ]; then set -- --target "$@"; fi
cmake --build "$build" -j "$jobs" "$@"
