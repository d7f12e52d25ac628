#!/bin/sh
# usage: check_includes.sh SRC
#
# The order of the house: the folders of SRC are layers, and a file includes only its own folder and
# the ones before it, as "folder/file.h". scrawl/, the public headers, is open to all; cli, a client
# of the library like any other, has only scrawl/, bench/ and itself. Names every line that breaks
# this and exits 1.
set -eu
src=$1
order='base kernels nn image data model formats train eval report read serve bench cli'

find "$src" -type f \( -name '*.c' -o -name '*.h' -o -name '*.cc' -o -name '*.cpp' \) -print |
LC_ALL=C sort |
awk -v src="$src" -v order="$order" '
function complain(file, line, text) {
    printf "%s:%d: %s\n", file, line, text
    n_wrong++
}

function check(file, line, own, name,    folder) {
    if (name !~ /\//) {
        complain(file, line, "\"" name "\" names no folder: write \"" own "/" name "\"")
        return
    }
    folder = name
    sub(/\/.*/, "", folder)
    if (folder == "scrawl" || folder == own)
        return
    if (!(folder in place))
        complain(file, line, "\"" name "\" is in no folder of the house")
    else if (own == "cli" && folder != "bench")
        complain(file, line, "cli includes scrawl/, bench/ and cli/ only, not \"" name "\"")
    else if (place[folder] > place[own])
        complain(file, line, own " may not include \"" name "\": " folder " comes after it")
}

BEGIN {
    n = split(order, folders, " ")
    for (i = 1; i <= n; i++)
        place[folders[i]] = i
}

{
    path = $0
    n_files++
    own = substr(path, length(src) + 2)
    if (own !~ /\// || !(substr(own, 1, index(own, "/") - 1) in place)) {
        complain(path, 1, "lies in no folder of the house: " order)
        next
    }
    own = substr(own, 1, index(own, "/") - 1)
    line = 0
    while ((getline text < path) > 0) {
        line++
        if (text ~ /^[ \t]*#[ \t]*include[ \t]*"/) {
            sub(/^[^"]*"/, "", text)
            sub(/".*/, "", text)
            check(path, line, own, text)
        }
    }
    close(path)
}

END {
    if (n_files == 0) {
        print src ": no source files found"
        exit 1
    }
    exit n_wrong > 0
}'
