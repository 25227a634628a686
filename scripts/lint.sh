#!/usr/bin/env bash
# `make lint`: formatting, scripts, the map of the rooms, clang-tidy; all of them run, and the last line
# says which failed. scripts/lint.sh --format rewrites the C++ files instead.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

files_of() {  # PATTERN...: tracked and new files, in a checkout or in an unpacked archive
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- "$@"
  else
    local names=() pattern
    for pattern in "$@"; do names+=(-o -name "$pattern"); done
    find . -path ./build -prune -o -type f \( "${names[@]:1}" \) -print0
  fi | while IFS= read -r -d '' file; do
    if [[ -f $file ]]; then printf '%s\0' "$file"; fi  # not what is deleted and not yet committed
  done
}
mapfile -d '' -t cxx < <(files_of '*.cc' '*.h' '*.inc')
mapfile -d '' -t shell < <(files_of '*.sh' '.ci/run')
mapfile -d '' -t python < <(files_of '*.py')
if [[ ${#cxx[@]} -eq 0 || ${#shell[@]} -eq 0 || ${#python[@]} -eq 0 ]]; then
  echo "lint: found no files: ${#cxx[@]} C++, ${#shell[@]} shell, ${#python[@]} Python" >&2
  exit 1
fi

if [[ ${1:-} == --format ]]; then
  exec clang-format-14 -i "${cxx[@]}"
fi

failed=()
check() {  # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then echo "lint: $name: ok"; else failed+=("$name"); fi
}
shell_syntax() {
  local file
  for file in "${shell[@]}"; do
    case $(head -n 1 "$file") in
      '#!/bin/sh') sh -n "$file" ;;
      *) bash -n "$file" ;;
    esac || return 1
  done
}
python_syntax() {
  python3 - "${python[@]}" <<'PY'
import sys
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        compile(file.read(), name, "exec")
PY
}
tidy() {
  scripts/build.sh lint --configure-only &&
    python3 -B tools/run_tidy.py build/lint build/lint/tidy --jobs "$(scripts/jobs.sh)"
}

check "clang-format on ${#cxx[@]} files" clang-format-14 --dry-run -Werror "${cxx[@]}"
check "shell syntax of ${#shell[@]} files" shell_syntax
check "Python syntax of ${#python[@]} files" python_syntax
check layers python3 -B tools/check_layers.py
check clang-tidy tidy
if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'lint: FAILED: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "lint: all ok"
