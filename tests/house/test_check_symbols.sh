#!/bin/sh
# usage: test_check_symbols.sh COMPILER...
#
# check_symbols.py passes folders without circles and headers with one home, and names the others.
set -eu
check=$(dirname "$0")/check_symbols.py
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
known=$tree/known.txt
: > "$known"

# source FILE TEXT: compiles one file of the tree into the library of its folder.
source() {
    folder=$(dirname "$1")
    object=$tree/build/$folder/lib.a.p/$(basename "$1").o
    mkdir -p "$(dirname "$object")"
    printf '%s\n' "$2" | $compiler -x c -c -o "$object" -
    ar cr "$tree/build/$folder/lib.a" "$object"
}

# expect CHECK TEXT: what is said of the tree; nothing where all is right.
expect() {
    status=0
    said=$(python3 "$check" "$1" --source "$tree" --known "$known" \
        "$tree"/build/src/*/lib.a 2>&1) || status=$?
    if [ "$said" != "$2" ] || [ "$status" -ne "$([ -z "$2" ] && echo 0 || echo 1)" ]; then
        echo "$1: status $status, said '$said', expected '$2'"
        failed=1
    fi
}

compiler=$*
mkdir -p "$tree/include/scrawl"
printf 'int scrawl_a(int x); /* scrawl_c() */\nint scrawl_b(void);\n' > "$tree/include/scrawl/a.h"

source src/base/a.c 'int b(void); int scrawl_a(int x) { return b() + x; }'
source src/base/b.c 'int c(void); int b(void) { return 0; } int scrawl_b(void) { return c(); }'
source src/base/c.c 'int c(void) { return 0; }'
source src/nn/d.c 'int b(void); int d(void) { return b(); }'
expect circles ''
expect homes ''

# A ring of three, one of them through a pointer.
source src/base/c.c 'int scrawl_a(int x); int (*c_call)(int) = scrawl_a; int c(void) { return 0; }'
expect circles 'circle base: a.c b.c c.c
    a.c needs b.c for b
    b.c needs c.c for c
    c.c needs a.c for scrawl_a'
echo 'circle base: a.c b.c c.c' > "$known"
expect circles ''
source src/base/c.c 'int c(void) { return 0; }'
expect circles "$known: this is right by now, remove the line: circle base: a.c b.c c.c"

source src/base/b.c 'int b(void) { return 0; }'
source src/nn/d.c 'int scrawl_b(void) { return 0; }'
expect homes 'home a.h
    base defines scrawl_a
    nn defines scrawl_b'
echo 'home a.h' > "$known"
expect homes ''
source src/nn/d.c 'int d(void) { return 0; }'
: > "$known"
expect homes 'home a.h
    base defines scrawl_a
    no folder defines scrawl_b'
rm "$tree/include/scrawl/a.h"
expect homes 'no public headers found'

exit $failed
