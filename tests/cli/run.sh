#!/bin/sh
# usage: run.sh CASE SCRAWL CHECK_JSON
#
# Runs cases/CASE.sh in an empty folder and compares the transcript of its commands with
# cases/CASE.txt; UPDATE=1 writes that file instead. A case is made of
#
#   run ARGUMENT...        runs scrawl; the transcript gets the command line, stdout, each line of
#                          stderr after "! ", and the exit status where it is not 0
#   quietly ARGUMENT...    the same, but only the command line and the exit status
#   json EXPRESSION...     checks the last stdout with check_json
#   filter SED             from here on, changes what differs from run to run or place to place
#   say TEXT               into the transcript
set -u
LC_ALL=C
export LC_ALL
name=$1 scrawl=$(realpath "$2") check_json=$(realpath "$3")
cases=$(cd "$(dirname "$0")/cases" && pwd)
place=$(mktemp -d) || exit 99
trap 'chmod -R u+w "$place"; rm -rf "$place"' EXIT
mkdir "$place/work" "$place/home"
HOME=$place/home
TERM=dumb
export HOME TERM
unset SCRAWL_CPU SCRAWL_DATA SCRAWL_MIRROR XDG_CACHE_HOME OMP_NUM_THREADS

say() { printf '%s\n' "$*" >>"$place/transcript"; }
filter() { printf '%s\n' "$1" >>"$place/filter"; }
show() { sed -E -e "s|$place|PLACE|g" -f "$place/filter" "$@" >>"$place/transcript"; }

perform() {
    say "\$ scrawl $*"
    "$scrawl" "$@" >"$place/out" 2>"$place/err"
    status=$?
}
run() {
    perform "$@"
    show "$place/out"
    sed 's/^/! /' "$place/err" >"$place/marked"
    show "$place/marked"
    [ $status -eq 0 ] || say "exit $status"
}
quietly() {
    perform "$@"
    [ $status -eq 0 ] || say "exit $status"
}
json() {
    if "$check_json" "$place/out" "$@" >>"$place/transcript"; then
        say "stdout is JSON; it fits:"
    else
        say "stdout is not as it should be:"
        cat "$place/out" >>"$place/transcript"
    fi
    for expression; do say "    $expression"; done
}

: >"$place/filter"
: >"$place/transcript"
cd "$place/work" || exit 99
. "$cases/$name.sh"
cd / || exit 99
if [ -n "${UPDATE:-}" ]; then
    cp "$place/transcript" "$cases/$name.txt"
else
    diff -u "$cases/$name.txt" "$place/transcript"
fi
