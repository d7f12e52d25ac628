#!/bin/sh
# usage: check_width.sh FOLDER...
#
# No line of a .c or .h file is longer than 100 columns; a character of UTF-8 is one column. Names
# every line that is and exits 1. Build folders (build, build-*) hold files that others wrote.
set -eu
for folder; do
    [ -d "$folder" ] || { echo "$folder: no such folder"; exit 1; }
done

find "$@" -type d \( -name build -o -name 'build-*' \) -prune -o \
    -type f \( -name '*.c' -o -name '*.h' \) -print |
LC_ALL=C sort |
LC_ALL=C awk -v most=100 '
{
    path = $0
    n_files++
    line = 0
    while ((getline text < path) > 0) {
        line++
        gsub(/[\200-\277]/, "", text) # all bytes of a character but its first
        if (length(text) > most) {
            printf "%s:%d: %d columns, expected at most %d\n", path, line, length(text), most
            n_wrong++
        }
    }
    close(path)
}

END {
    if (n_files == 0) {
        print "no source files found"
        exit 1
    }
    exit n_wrong > 0
}'
