#!/bin/sh
# Builds the rooms base and kernels for 64-bit ARM and runs their tests under qemu-user, for
# `make test-arm`: the NEON kernels' results, not their speed. Ends in ctest's summary. CTEST_ARGS narrows
# a run as it does for `make test`.
# Tested by: .ci/run, which fails where no test ran
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
"$root/scripts/build.sh" arm
cd "$root/build/arm"
# shellcheck disable=SC2086  # a list of words
exec ctest --output-on-failure --no-tests=error -j "$("$root/scripts/jobs.sh")" ${CTEST_ARGS:-} </dev/null
