#!/usr/bin/env bash
# `make test-browser`: the pages that the program writes and serves, in a headless Chromium, on the two-layer model
# that the tests make. Takes the pinned playwright-core from npm into build/browser, once. Ends in ctest's summary.
# YIXIN_SCREENSHOTS=FOLDER keeps pictures of them.
# Tested by: .ci/run, which fails where no test ran
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
"$root/scripts/npm_packages.sh" "$root/tests/browser" "$root/build/browser"
"$root/scripts/build.sh" release yixin write_tiny_model
cd "$root/build/release"
exec ctest --output-on-failure --no-tests=error -j "$("$root/scripts/jobs.sh")" -L '^browser$' </dev/null
