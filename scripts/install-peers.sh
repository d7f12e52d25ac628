#!/bin/sh
# Installs the programs that bench/versus compares with: PyTorch from Debian, and ONNX Runtime from
# npm into bench/node_modules. Its package brings its library along: no script of it is run.
set -eu
cd "$(dirname "$0")/.."
sh scripts/install-packages.sh scripts/packages-peers.txt
# Node.js may be there without Debian's package of it.
command -v npm >/dev/null || printf 'nodejs\nnpm\n' | sh scripts/install-packages.sh /dev/stdin
cd bench
npm install --ignore-scripts --no-audit --no-fund --no-package-lock --silent
echo "The peers are installed; bench/versus runs them."
