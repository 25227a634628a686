#!/bin/sh
# Prints how many compilers may run at once: the lesser of cores and GiB / 1.5 (what one g++ on a file
# with JSON or test templates takes), at least 1. Cores and memory of the container, where it has less.
# Tested by: scripts/scripts_test.py
set -eu
meminfo=${YIXIN_MEMINFO:-/proc/meminfo}
cgroup=${YIXIN_CGROUP_MEMORY:-/sys/fs/cgroup/memory.max}
cores=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
kib=$(awk '/^MemTotal:/ { print $2 }' "$meminfo" 2>/dev/null || true)
limit=$(cat "$cgroup" 2>/dev/null || true)
awk -v cores="$cores" -v kib="${kib:-0}" -v limit="${limit:-max}" 'BEGIN {
  gib = kib / 1048576
  if (limit ~ /^[0-9]+$/ && (gib == 0 || limit / 1073741824 < gib)) gib = limit / 1073741824
  jobs = int(gib / 1.5)
  if (jobs > cores) jobs = cores
  if (jobs < 1) jobs = 1
  print jobs
}'
