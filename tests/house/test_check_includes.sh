#!/bin/sh
# usage: test_check_includes.sh
#
# check_includes.sh passes a good tree and names each kind of violation in a bad one.
set -eu
check=$(dirname "$0")/check_includes.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# expect STATUS TEXT FILE INCLUDE: one line in one file of the tree, and what is said of it.
expect() {
    mkdir -p "$tree/src/$(dirname "$3")"
    printf '/* a comment: #include "cli/cli.h" */\n%s\n' "$4" > "$tree/src/$3"
    status=0
    said=$(sh "$check" "$tree/src") || status=$?
    if [ "$status" -ne "$1" ]; then
        echo "$3 with $4: status $status, expected $1: $said"
        failed=1
    fi
    case $said in
    *"$2"*) ;;
    *)
        echo "$3 with $4: said '$said', expected '$2'"
        failed=1
        ;;
    esac
    rm -r "$tree/src"
}

expect 0 '' base/a.c '#include "base/b.h"'
expect 0 '' base/a.c '#include <jansson.h>'
expect 0 '' base/a.h '#include "scrawl/status.h"'
expect 0 '' nn/a.c '#include "kernels/kernels.h"'
expect 0 '' kernels/x86/a.c '#include "kernels/kernels.h"'
expect 0 '' bench/a.c '#include "serve/serve.h"'
expect 0 '' cli/a.c '#include "bench/bench.h"'
expect 0 '' cli/a.c '#include "scrawl/scrawl.h"'
expect 0 '' cli/a.c '#include "cli/cli.h"'
expect 1 'base/a.c:2: base may not include "kernels/kernels.h": kernels comes after it' \
    base/a.c '#include "kernels/kernels.h"'
expect 1 'nn may not include "image/ink.h": image comes after it' nn/a.h '#include "image/ink.h"'
expect 1 'kernels may not include "nn/x.h"' kernels/x86/a.c '  #  include   "nn/x.h" /* why */'
expect 1 'cli includes scrawl/, bench/ and cli/ only' cli/a.c '#include "base/buffer.h"'
expect 1 'bench may not include "cli/cli.h"' bench/a.c '#include "cli/cli.h"'
expect 1 'names no folder: write "base/b.h"' base/a.c '#include "b.h"'
expect 1 'is in no folder of the house' base/a.c '#include "../base/b.h"'
expect 1 'is in no folder of the house' base/a.c '#include "vendor/b.h"'
expect 1 'lies in no folder of the house' other/a.c '#include "base/b.h"'
expect 1 'lies in no folder of the house' a.c '#include "base/b.h"'
expect 1 'no source files found' base/a.txt '#include "cli/cli.h"'

exit $failed
