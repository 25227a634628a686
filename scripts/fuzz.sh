#!/usr/bin/env bash
# Builds the fuzzers with clang's libFuzzer and runs each one for FUZZ_SECONDS (60), for `make fuzz`.
# New inputs grow in build/fuzz/corpus, next to the ones in tests/fuzz/corpus, which are only read. What
# breaks a fuzzer stays in build/fuzz/crashes; after the fix it goes into tests/fuzz/corpus/NAME, where
# `make test` runs it for ever.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/fuzz
"$root/scripts/build.sh" fuzz yixin_fuzzers
shopt -s nullglob
programs=("$build"/tests/fuzz/*_fuzz)
if [[ ${#programs[@]} -eq 0 ]]; then
  echo "yixin: no fuzzer was built in build/fuzz/tests/fuzz" >&2
  exit 1
fi
mkdir -p "$build/crashes"
failed=()
for program in "${programs[@]}"; do
  name=$(basename "$program" _fuzz)
  mkdir -p "$build/corpus/$name"
  seeds=()
  [[ -d $root/tests/fuzz/corpus/$name ]] && seeds=("$root/tests/fuzz/corpus/$name")
  echo "== $name: ${FUZZ_SECONDS:-60} s"
  "$program" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
    -artifact_prefix="$build/crashes/$name-" "$build/corpus/$name" ${seeds[@]+"${seeds[@]}"} \
    </dev/null || failed+=("$name")
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "yixin: broken: ${failed[*]} (inputs in build/fuzz/crashes)" >&2
  exit 1
fi
echo "${#programs[@]} fuzzers, none broke"
