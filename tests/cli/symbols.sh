#!/bin/sh
# usage: symbols.sh LIBSCRAWL.so INCLUDE/SCRAWL
#
# The library exports exactly the functions that the public headers declare.
set -eu
LC_ALL=C
export LC_ALL
exported=$(nm -D --defined-only "$1" | awk '{ print $3 }' | sort)
declared=$(sed 's|/\*.*||' "$2"/*.h | grep -v '^ \*' | grep -o 'scrawl_[a-z0-9_]*(' | tr -d '(' | sort -u)
[ -n "$exported" ] && [ -n "$declared" ] || { echo "found no symbols"; exit 1; }
[ "$exported" = "$declared" ] && exit 0
echo "exported, but in no header, or not a scrawl_ symbol:"
echo "$exported" | grep -vxF "$declared" || true
echo "in a header, but not exported:"
echo "$declared" | grep -vxF "$exported" || true
exit 1
