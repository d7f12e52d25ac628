#!/bin/sh
# usage: embed.sh OUT.c FILE...
#
# Writes a C file with the table of src/base/embedded.h: the bytes of each FILE, taken in by the
# assembler's .incbin, under its last two path components ("recipes/mlp.yaml"), in byte order.
# FILEs are named as the compiler will find them from its working folder.
set -eu
LC_ALL=C
export LC_ALL

out=$1
shift
trap 'rm -f "$out.tmp"' EXIT

# "recipes/mlp.yaml<tab>../recipes/mlp.yaml", sorted
list=$(for file in "$@"; do
    printf '%s/%s\t%s\n' "$(basename "$(dirname "$file")")" "$(basename "$file")" "$file"
done | sort)
tab=$(printf '\t')

blob() { # number, path in the table, file
    cat <<END

__asm__(".pushsection .rodata\n"
        ".balign 64\n"
        ".globl embedded_data_$1\n"
        ".hidden embedded_data_$1\n"
        "embedded_data_$1:\n"
        ".incbin \"$3\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const uint8_t embedded_data_$1[];
END
}

# The size is counted here: C does not take the difference of two symbols for a constant.
row() { # number, path in the table, file
    name=$(basename "$2")
    printf '    {"%s", "%s", embedded_data_%s, %s},\n' \
        "$2" "${name%.*}" "$1" "$(($(wc -c < "$3")))"
}

each() { # function that takes number, path and file
    [ -n "$list" ] || return 0
    i=0
    printf '%s\n' "$list" | while IFS=$tab read -r path file; do
        "$1" "$i" "$path" "$file"
        i=$((i + 1))
    done
}

{
    echo '/* Written by scripts/embed.sh. */'
    echo '#include "base/embedded.h"'
    each blob
    echo
    echo 'extern const EmbeddedFile embedded_table[];'
    echo 'const EmbeddedFile embedded_table[] = {'
    each row
    echo '    {0},'
    echo '};'
} > "$out.tmp"
mv "$out.tmp" "$out"
