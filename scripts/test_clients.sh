#!/usr/bin/env bash
# `make test-clients`: what other people wrote for OpenAI's API, against `yixin serve` on the two-layer model that the
# tests make. Takes the pinned packages of tests/clients from PyPI and npm into build/clients, once. Ends in
# ctest's summary.
# Tested by: running it
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
wanted=$root/tests/clients
clients=$root/build/clients

"$root/scripts/build.sh" release yixin write_tiny_model

if ! cmp -s "$wanted/requirements.txt" "$clients/requirements.txt"; then
  echo "yixin: taking the Python clients into build/clients/venv"
  mkdir -p "$clients"
  rm -rf "$clients/venv"
  python3 -m venv "$clients/venv"
  "$clients/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted/requirements.txt"
  cp "$wanted/requirements.txt" "$clients/requirements.txt"
fi
"$root/scripts/npm_packages.sh" "$wanted" "$clients/node"

cd "$root/build/release"
exec ctest --output-on-failure --no-tests=error -L '^clients$' </dev/null
