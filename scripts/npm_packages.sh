#!/usr/bin/env bash
# scripts/npm_packages.sh WANTED FOLDER: what WANTED/package-lock.json pins, from npm into FOLDER/node_modules, unless it
# is there. Installs node where there is no npm: Debian's is four hundred packages, and whoever has a newer node has npm.
# Tested by: scripts/scripts_test.py
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
wanted=$1
folder=$2

if ! command -v npm >/dev/null 2>&1; then "$root/scripts/setup.sh" node; fi
if cmp -s "$wanted/package-lock.json" "$folder/package-lock.json" && [[ -d $folder/node_modules ]]; then exit 0; fi
echo "yixin: taking what $(basename -- "$wanted")/package-lock.json pins from npm into $folder"
rm -rf "$folder" "$folder.part"
mkdir -p "$folder.part"
cp "$wanted/package.json" "$wanted/package-lock.json" "$folder.part/"
(cd "$folder.part" && npm ci --silent --no-audit --no-fund --ignore-scripts)
mv "$folder.part" "$folder"
