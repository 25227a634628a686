#!/usr/bin/env bash
# Starts build/release/yixin chat, for `make chat`: scripts/chat.sh [FLAG...]
# At a terminal Ctrl-C stops a reply and the conversation goes on, so it must not reach make, which
# would die at the second one and leave yixin behind without its terminal. Job control gives yixin a
# process group of its own, which holds the terminal until it ends; Ctrl-Z has nobody to return to there
# and is ignored.
# Tested by: scripts/scripts_test.py
set -eu
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
yixin=${YIXIN_PROGRAM:-$root/build/release/yixin}
if [[ ! -t 0 ]]; then
  exec "$yixin" chat "$@"
fi
set -m
(
  trap '' TSTP
  exec "$yixin" chat "$@"
)
