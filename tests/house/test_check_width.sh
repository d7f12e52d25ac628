#!/bin/sh
# usage: test_check_width.sh
#
# check_width.sh passes lines of 100 columns and names the ones beyond.
set -eu
check=$(dirname "$0")/check_width.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
ten=0123456789
hundred=$ten$ten$ten$ten$ten$ten$ten$ten$ten$ten

# expect STATUS TEXT FILE LINE: LINE is the second of a file of the tree, and what is said of it.
expect() {
    mkdir -p "$tree/src/$(dirname "$3")"
    printf 'int x;\n%s\n' "$4" > "$tree/src/$3"
    status=0
    said=$(sh "$check" "$tree/src") || status=$?
    if [ "$status" -ne "$1" ] || [ "$said" != "$2" ]; then
        echo "$3 with $4: status $status, said '$said', expected $1, '$2'"
        failed=1
    fi
    rm -r "$tree/src"
}

expect 0 '' a.c "$hundred"
expect 0 '' base/a.h "${hundred%??}µ±"
expect 1 "$tree/src/a.c:2: 101 columns, expected at most 100" a.c "${hundred}0"
expect 1 "$tree/src/base/a.h:2: 105 columns, expected at most 100" base/a.h "${hundred}01234"
expect 1 "$tree/src/a.c:2: 101 columns, expected at most 100" a.c "${hundred}µ"
expect 0 '' build.c "$hundred"
expect 1 'no source files found' build/a.c "${hundred}0"
expect 1 'no source files found' base/build-asan/a.c "${hundred}0"
expect 1 'no source files found' a.txt "${hundred}0"
status=0
said=$(sh "$check" "$tree/none") || status=$?
if [ "$status" -ne 1 ] || [ "$said" != "$tree/none: no such folder" ]; then
    echo "no folder: status $status, said '$said'"
    failed=1
fi

exit $failed
