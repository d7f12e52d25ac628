#!/bin/sh
# usage: check_format.sh ROOT [--fix]
#
# Every .c and .h file of the git repository ROOT is formatted as its .clang-format says; --fix
# makes it so. Versions of clang-format differ, so only Debian 12's, 14, is used. Without it, or
# outside a repository, the test is skipped.
set -eu
root=$1
case $(clang-format --version 2>&1 || true) in
*'version 14.'*) ;;
*)
    echo "clang-format 14 not found: install the package clang-format"
    exit 77
    ;;
esac
if ! git -C "$root" rev-parse >/dev/null 2>&1; then
    echo "$root: no git repository"
    exit 77
fi
cd "$root"
files=$(git ls-files '*.c' '*.h')
[ -n "$files" ] || { echo "$root: no source files found"; exit 1; }
if [ "${2:-}" = --fix ]; then
    git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i --style=file
else
    git ls-files -z '*.c' '*.h' | xargs -0 clang-format -n -Werror --style=file
fi
