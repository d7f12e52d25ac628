#!/bin/sh
# usage: check_headers.sh INCLUDE std=STANDARD COMPILER...
#
# Each public header compiles alone, and twice over, as strict C or C++ of that standard without a
# warning, and includes no header of ours but scrawl/ ones. Functions have C linkage in C++.
set -eu
include=$1
standard=$2
shift 2
case $standard in
std=c++*) language=c++ ;;
*) language=c ;;
esac
failed=0
n=0

for header in "$include"/scrawl/*.h; do
    name=scrawl/$(basename "$header")
    n=$((n + 1))
    printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
        "$@" "-$standard" -x "$language" -pedantic -Wall -Wextra -Werror -fsyntax-only \
            -I"$include" - || { echo "$name does not compile alone ($standard)"; failed=1; }
    if grep -n '^ *# *include *"' "$header" | grep -v '"scrawl/'; then
        echo "$name includes what is not public"
        failed=1
    fi
    if grep -q SCRAWL_API "$header" && ! grep -q 'extern "C"' "$header"; then
        echo "$name declares functions without extern \"C\""
        failed=1
    fi
done
if [ "$n" -eq 0 ]; then
    echo "$include/scrawl: no headers found"
    failed=1
fi
exit $failed
