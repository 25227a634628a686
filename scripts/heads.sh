#!/usr/bin/env bash
# Fits the heads that ship with sentiment.zh and mood.zh on the default model, for `make heads`: after a
# task's prompt (of mood.zh: chat.zh's too), the model or the numerics have changed. Writes
# share/tasks/TASK.head and its checksum in the task file. With the kernels avx2, which every x86-64
# machine of ours has, so that the file is the same wherever it is made.
# Tested by: tests/golden/prompt_golden_test.cc (that a head is the task's and the model's)
set -eu
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
yixin=${YIXIN_PROGRAM:-$root/build/release/yixin}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
tasks=$root/share/tasks
for task in sentiment.zh mood.zh; do
  YIXIN_SHARE=$root/share "$yixin" fit "$task" --builtin --kernels avx2 --overwrite -o "$new/fitted.toml" "$@"
  checksum=$(sed -n "s/^checksum = '\([0-9a-f]*\)'$/\1/p" "$new/fitted.toml")
  [[ -n $checksum ]] || { echo "yixin: no checksum in what yixin fit wrote" >&2; exit 1; }
  mv "$new/fitted.head" "$tasks/$task.head"
  chmod 644 "$tasks/$task.head"
  sed -i "s/^checksum = .*/checksum = \"$checksum\"/" "$tasks/$task.toml"
  echo "written: $tasks/$task.head, checksum $checksum"
done
