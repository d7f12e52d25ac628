#!/bin/sh
# usage: cards.sh MODELS SCRAWL
#
# The card beside each built-in model says what its file says. The last two lines, hardware and
# time, are not in the file.
set -eu
models=$1 scrawl=$2 n=0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for model in "$models"/*.safetensors; do
    card=${model%.safetensors}.md
    "$scrawl" show "$model" --card | head -n -2 >"$place/expected"
    head -n -2 "$card" | diff "$place/expected" - || { echo "$card is not of its model"; exit 1; }
    ! tail -n 2 "$card" | grep 'not told' || { echo "$card: see above"; exit 1; }
    n=$((n + 1))
done
[ "$n" -gt 0 ] || { echo "no models in $models"; exit 1; }
