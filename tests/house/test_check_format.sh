#!/bin/sh
# usage: test_check_format.sh
#
# check_format.sh passes a formatted file, names the place in another one, and repairs it.
set -eu
check=$(dirname "$0")/check_format.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
cp "$(dirname "$0")/../../.clang-format" "$tree"
git -C "$tree" init -q

# expect STATUS TEXT LINE: LINE is all of a file, and what is said of it.
expect() {
    printf '%s\n' "$3" > "$tree/a.c"
    git -C "$tree" add a.c
    status=0
    said=$(sh "$check" "$tree" 2>&1) || status=$?
    [ "$status" -ne 77 ] || { echo "$said"; exit 77; }
    case $status:$said in
    $1:*"$2"*) ;;
    *)
        echo "'$3': status $status, said '$said', expected $1, '$2'"
        failed=1
        ;;
    esac
}

expect 0 '' 'int x;'
expect 123 'a.c:1:4: error' 'int  x;'
sh "$check" "$tree" --fix
[ "$(cat "$tree/a.c")" = 'int x;' ] || { echo "not repaired: $(cat "$tree/a.c")"; failed=1; }
git -C "$tree" rm -q -f --cached a.c
if said=$(sh "$check" "$tree"); then
    echo "no files: said '$said'"
    failed=1
fi
exit $failed
