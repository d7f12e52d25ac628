#!/bin/sh
# usage: test_check_sources.sh
#
# check_sources.py passes what is right and names what is not, and what is known too long.
set -eu
check=$(dirname "$0")/check_sources.py
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
known=$tree/known.txt
: > "$known"

# expect TEXT FILE LINES: LINES are all of a file of the tree, and TEXT what is said of it.
expect() {
    mkdir -p "$tree/$(dirname "$2")"
    printf '%s\n' "$3" > "$tree/$2"
    status=0
    said=$(python3 "$check" "$tree" "$known" 2>&1) || status=$?
    if [ "$said" != "$1" ] || [ "$status" -ne "$([ -z "$1" ] && echo 0 || echo 1)" ]; then
        echo "$2 with '$(printf %.60s "$3")': status $status, said '$said', expected '$1'"
        failed=1
    fi
    rm -r "$tree/src" "$tree/include" 2>/dev/null || :
}

lines() {
    i=0
    while [ $i -lt "$1" ]; do
        i=$((i + 1))
        echo "int x$i;"
    done
}

expect '' src/base/a.c "$(lines 600)"
expect 'lines src/base/a.c: 601, expected at most 600' src/base/a.c "$(lines 601)"

expect '' src/base/a.c 'int f(int a, int b, int c, int d, int e, int f, int (*g)(int, int)) { }'
expect '' src/base/a.c 'int f(int a, int b, int c, int d, int e, int f, int g, int h);'
expect '' src/base/a.c 'int f(void) { return g(1, 2, 3, 4, 5, 6, 7, 8); }'
expect '' src/base/a.c '/* int f(int a, int b, int c, int d, int e, int f, int g, int h) { */'
expect '' src/kernels/a.c 'int f(int a, int b, int c, int d, int e, int f, int g, int h) { }'
eight='static int f(int a, int b /* , */, int c,
    int d, int e, int f, int g[2], void (*h)(void))
{
}'
expect 'parameters src/base/a.c:f: 8, expected at most 7' src/base/a.c "$eight"

expect '' src/base/a.c 'int f(void) { put("a--b -- c -d"); } /* "--force" */'
expect '' src/base/a.c 'const char *style = ":root{--ink:#222;--line:var(--ink)}";'
expect '' src/cli/a.c 'int f(void) { put("begin anew with --force"); }'
expect 'option src/base/a.c: --force --dry-run' src/base/a.c \
    'int f(void) { put("begin " /* why */
        "anew with --force"); put("(or `--dry-run`)"); }'
expect 'option include/scrawl/a.h: --force' include/scrawl/a.h '#define A "--force"'

expect "$tree: no source files found" src/base/a.txt 'int x;'
echo 'parameters src/base/a.c:f' > "$known"
expect '' src/base/a.c "$eight"
expect "$known: this is right by now, remove the line: parameters src/base/a.c:f" \
    src/base/a.c 'int f(void) { }'

exit $failed
