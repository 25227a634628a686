#!/usr/bin/env bash
# Builds and runs the whole suite, for `make test`: SAN="" is the Release build with the golden tests on
# real weights, SAN=address,undefined and SAN=thread the sanitizers. Ends in ctest's summary.
# CTEST_ARGS narrows a run, for example CTEST_ARGS='-R tokenizer'.
# Tested by: scripts/scripts_test.py
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
san=${SAN:-}
wrap=()
not_here='browser|clients'  # make test-browser, make test-clients
ctest_options=(--output-on-failure --no-tests=error -j "$("$root/scripts/jobs.sh")")

case ",$san," in
  ,,) flavour=release ;;
  *,thread,*) flavour=tsan ;;
  *) flavour=asan ;;
esac
for name in ${san//,/ }; do
  case $name in
    address | undefined) [[ $flavour == asan ]] || name='' ;;
    thread) [[ $san == thread ]] || name='' ;;
    *) name='' ;;
  esac
  if [[ -z $name ]]; then
    echo "yixin: SAN=$san: want address,undefined (or one of the two) or thread alone" >&2
    exit 2
  fi
done

"$root/scripts/build.sh" "$flavour"

pull() {  # NAME: the path of a test model, pulled into the cache if it is not there
  local path tries
  for tries in 1 2 3; do  # where one stopped the next goes on
    path=$("$root/build/release/yixin" pull "$1" </dev/null | tail -n 1) && break
    if [[ $tries == 3 ]]; then return 1; fi
    sleep 5
  done
  if [[ ! -f $path ]]; then
    echo "yixin: 'yixin pull $1' ended without the path of a file in its last line: '$path'" >&2
    return 1
  fi
  printf '%s\n' "$path"
}

if [[ $flavour == release ]]; then
  YIXIN_TEST_QWEN_GGUF=$(pull qwen2.5-coder-0.5b)
  YIXIN_TEST_SMOLLM_GGUF=$(pull smollm2-135m)
  export YIXIN_TEST_QWEN_GGUF YIXIN_TEST_SMOLLM_GGUF
else
  # Real weights under a sanitizer take hours; a two-layer model walks the same code.
  not_here+='|real_model'
  echo "yixin: SAN=$san: the tests on real weights (label real_model) run in the Release build only"
  export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
  export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
  export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1}
  # Kernels that randomise more address bits than the thread sanitizer's shadow has room for.
  if setarch "$(uname -m)" -R true 2>/dev/null; then wrap=(setarch "$(uname -m)" -R); fi
fi

cd "$root/build/$flavour"
# shellcheck disable=SC2086  # a list of words
exec ${wrap[@]+"${wrap[@]}"} ctest "${ctest_options[@]}" -LE "^($not_here)\$" ${CTEST_ARGS:-} </dev/null
