#!/usr/bin/env bash
# Fits the head that ships with sentiment.zh on the default model, for `make heads`: after the task's
# prompt, the model or the numerics have changed. Writes share/tasks/sentiment.zh.head and its checksum
# in the task file. With the kernels avx2, which every x86-64 machine of ours has, so that the file is
# the same wherever it is made.
# Tested by: tests/golden/prompt_golden_test.cc (that the head is the task's and the model's)
set -eu
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
yixin=${YIXIN_PROGRAM:-$root/build/release/yixin}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
tasks=$root/share/tasks
YIXIN_SHARE=$root/share "$yixin" fit sentiment.zh --builtin --kernels avx2 -o "$new/fitted.toml" "$@"
checksum=$(sed -n "s/^checksum = '\([0-9a-f]*\)'$/\1/p" "$new/fitted.toml")
[[ -n $checksum ]] || { echo "yixin: no checksum in what yixin fit wrote" >&2; exit 1; }
mv "$new/fitted.head" "$tasks/sentiment.zh.head"
chmod 644 "$tasks/sentiment.zh.head"
sed -i "s/^checksum = .*/checksum = \"$checksum\"/" "$tasks/sentiment.zh.toml"
echo "written: $tasks/sentiment.zh.head, checksum $checksum"
