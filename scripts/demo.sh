#!/bin/sh
# The main job, start to end: train a recogniser, evaluate it on pictures it has never seen, classify pictures that a person can open.
# usage: scripts/demo.sh BUILD
set -eu
build=${1:-build}
scrawl=$build/scrawl
run=runs/demo
drawn=runs/demo/pictures

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# Real handwriting where it can be had, else the built-in synthetic pen.
data=mnist
if ! "$scrawl" data fetch mnist >/dev/null 2>&1; then
    echo "MNIST is neither here nor can it be downloaded: using the built-in synthetic pen instead."
    data=pen
fi

say "1. Train: the bn-cnn recipe, one pass over $data"
"$scrawl" train bn-cnn --data "$data" --epochs 1 --set data.test=none -o "$run" --force

say "2. Evaluate: the $data test set"
"$scrawl" eval "$run/model.safetensors" --data "$data:test"

say "3. Classify: ten pictures drawn by the synthetic pen"
"$scrawl" data draw 0123456789 -o "$drawn" --size 200 --seed 7 >/dev/null
"$scrawl" predict "$drawn" --model "$run/model.safetensors"

say "What now?"
cat <<END
The model:     $run/model.safetensors
The pictures:  $drawn/*.png (open them)
Try:
  $scrawl predict YOUR-PICTURE.png   the built-in model reads it
  $scrawl train mlp -o runs/mlp      train another network
  $scrawl show $run             what is inside
  $scrawl --help                     everything else
END
