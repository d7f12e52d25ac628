#!/bin/sh
# Installs what scripts/packages.txt lists and this Debian system lacks; on other systems prints the list and stops.
# usage: scripts/install-packages.sh [LIST]
set -eu
list=${1:-$(dirname "$0")/packages.txt}
packages=$(sed 's/#.*//' "$list")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    # Another system: its packages have other names. Go on where the tools that matter are there.
    for tool in meson ninja pkg-config cc; do
        if ! command -v "$tool" >/dev/null; then
            echo "This is no Debian system. Please install the equivalents of these packages, then try again:" >&2
            echo $packages >&2
            exit 1
        fi
    done
    exit 0
fi

missing=
for package in $packages; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Please run as root: apt-get install$missing" >&2; exit 1; }
    sudo=sudo
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086 -- a list of words
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
