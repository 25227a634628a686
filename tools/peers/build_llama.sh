#!/usr/bin/env bash
# Builds llama.cpp, the peer of docs/performance.md, from the sources that the Python package
# llama-cpp-python ships: tools/peers/build_llama.sh FOLDER VARIANT...
#   native   every instruction that this machine has, AMX among them
#   avx512   AVX-512 with VNNI and no AMX
#   avx2     AVX2, FMA and F16C
# The programs come to FOLDER/llama.cpp/VARIANT; what is there is not built again.
# Tested by: tools/peers/peers_test.py (the options); the rest by running it.
set -euo pipefail

version=0.3.36
targets=(llama-bench llama-batched-bench llama-server llama-quantize llama-perplexity)
jobs=${PEER_JOBS:-$(nproc)}

# gcc 12 takes the stores of the AMX tile configuration for dead and the first tile load dies of SIGILL;
# without the two passes that remove dead stores it runs.
careful='-fno-tree-dse -fno-dse'

options_of() {  # VARIANT
  case $1 in
    native) echo -DGGML_NATIVE=ON ;;
    avx512) echo -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_BMI2=ON -DGGML_FMA=ON \
      -DGGML_F16C=ON -DGGML_AVX512=ON -DGGML_AVX512_VNNI=ON ;;
    avx2) echo -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_BMI2=ON -DGGML_FMA=ON \
      -DGGML_F16C=ON ;;
    *)
      echo "build_llama.sh: unknown variant '$1': native, avx512 or avx2" >&2
      return 1
      ;;
  esac
}

if [[ ${1:-} == --options ]]; then
  options_of "$2"
  exit
fi
[[ $# -ge 2 ]] || { echo "usage: build_llama.sh FOLDER VARIANT..." >&2; exit 2; }
mkdir -p "$1"
folder=$(cd -- "$1" && pwd)
shift

source=$folder/src/llama_cpp_python-$version/vendor/llama.cpp
fetch() {
  [[ ! -f $source/CMakeLists.txt ]] || return 0
  mkdir -p "$folder/src"
  if [[ ! -f $folder/src/llama_cpp_python-$version.tar.gz ]]; then
    python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$folder/src" \
      "llama-cpp-python==$version"
  fi
  tar -xzf "$folder/src/llama_cpp_python-$version.tar.gz" -C "$folder/src"
}

for variant; do
  options=$(options_of "$variant")
  out=$folder/llama.cpp/$variant
  missing=no
  for target in "${targets[@]}"; do [[ -x $out/$target ]] || missing=yes; done
  [[ $missing == yes ]] || continue
  fetch
  echo "peers: building llama.cpp for $variant (a quarter of an hour on two cores)" >&2
  build=$folder/build/$variant
  # shellcheck disable=SC2086  # a list of words
  cmake -G Ninja -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ \
    -DCMAKE_C_FLAGS="$careful" -DCMAKE_CXX_FLAGS="$careful" \
    -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
    -DLLAMA_ALL_WARNINGS=OFF -DGGML_ALL_WARNINGS=OFF $options >"$folder/$variant-configure.log"
  nice -n 10 ninja -C "$build" -j "$jobs" "${targets[@]}" >"$folder/$variant-build.log"
  mkdir -p "$out"
  for target in "${targets[@]}"; do cp "$build/bin/$target" "$out/"; done
done
