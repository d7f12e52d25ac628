#!/bin/sh
# Runs every test of a build folder and ends with the line "N passed, N failed, N skipped".
# usage: scripts/check.sh BUILD
set -u
build=${1:-build}
[ -n "${SCRAWL_DATA:-}" ] || echo "SCRAWL_DATA is not set: tests on real data will be skipped."
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 4
python3 "$(dirname "$0")/count-tests.py" "$build/meson-logs/testlog.json"
