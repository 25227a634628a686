#!/bin/sh
# Installs the build packages that are missing: scripts/setup.sh [GROUP...], the groups of
# scripts/packages.txt (build if none is given). Where nothing is missing it asks dpkg once and ends.
# Reads nothing from standard input and writes to standard error only, so that texts piped into
# `make -s chat` reach the conversation. SETUP=skip leaves the packages to the user.
# Tested by: scripts/scripts_test.py
set -eu
exec </dev/null >&2

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ "${SETUP:-}" != skip ] || exit 0
[ $# -gt 0 ] || set -- build

stop() {
  echo "yixin: $*"
  exit 1
}

packages_of() {  # the packages of the given groups on this release
  awk -v groups="$*" -v here="$ID$major" '
    BEGIN { n = split(groups, g, " "); for (i = 1; i <= n; i++) want[g[i]] = 1 }
    /^#/ { next }
    $1 in want && (NF < 3 || $3 == here || ($3 ~ /^!/ && $3 != "!" here)) { print $2 }' "$here/packages.txt"
}

# The line that helps where the packages cannot be installed: another system or an older release.
case $(uname -s) in
  Linux) ;;
  MINGW* | MSYS* | CYGWIN* | Windows*)
    stop "Windows itself is not supported: run 'wsl --install -d Ubuntu-24.04', open that Ubuntu," \
      "install git and make there, clone the project inside it and run make again" ;;
  Darwin)
    stop "macOS is not supported yet: missing is a build for ARM against Homebrew's libraries;" \
      "a Linux virtual machine with Ubuntu 24.04 or Debian 12 works" ;;
  *)
    stop "$(uname -s) is not supported: use Debian 12 or Ubuntu 24.04, on a machine or in a container" ;;
esac

ID='' VERSION_ID='' PRETTY_NAME='' UBUNTU_CODENAME=''
os_release=${YIXIN_OS_RELEASE:-/etc/os-release}
# shellcheck source=/dev/null
if [ -r "$os_release" ]; then . "$os_release"; fi
major=${VERSION_ID%%.*}
case $major in '' | *[!0-9]*) major=0 ;; esac
wanted=$(packages_of "$@" | tr '\n' ' ')
[ -n "$wanted" ] || stop "no package group named '$*' in scripts/packages.txt"
supported=no
case $ID in
  debian) if [ -z "$VERSION_ID" ] || [ "$major" -ge 12 ]; then supported=yes; fi ;;
  ubuntu) if [ "$major" -ge 24 ]; then supported=yes; fi ;;
  *) if [ "$UBUNTU_CODENAME" = noble ]; then supported=yes; fi ;;  # Ubuntu 24.04's derivatives
esac
if [ $supported = no ]; then
  stop "${PRETTY_NAME:-this Linux} is not Debian 12 or Ubuntu 24.04 (or newer): install what Debian calls" \
    "${wanted}(g++ 12 and cmake 3.25 or newer), then run make again with SETUP=skip"
fi

missing_now() {
  # shellcheck disable=SC2086  # a list of words
  dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
    awk -v wanted="$wanted" '$2 == "installed" { have[$1] = 1 }
      END { n = split(wanted, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) printf "%s ", w[i] }'
}

missing=$(missing_now)
missing=${missing% }
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends $missing"
echo "yixin: missing packages: $missing"
if [ "$(id -u)" -eq 0 ]; then
  as_root=''
  by_hand="apt-get update && $install"
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
  by_hand="sudo apt-get update && sudo $install"
else
  stop "neither root nor sudo here; run this as root, then make again: apt-get update && $install"
fi
# A half-finished installation by somebody else holds dpkg's lock for minutes at most.
options='-o DPkg::Lock::Timeout=120 -q'
echo "yixin: installing them with ${as_root:+$as_root }apt-get"
# shellcheck disable=SC2086  # lists of words
{
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get $options update &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get $options install -y --no-install-recommends $missing
} || stop "could not install them; see apt-get's words above. By hand: $by_hand"

missing=$(missing_now)
[ -z "$missing" ] || stop "apt-get ended, and these are still missing: ${missing% }"
