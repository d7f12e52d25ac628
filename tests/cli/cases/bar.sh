# The bar is drawn on a terminal, and only there.
command -v script >/dev/null && script -qec true "$place/out" >"$place/out" 2>&1 </dev/null || exit 77
for digit in 0 1; do # 200 pictures of each
    text=$(printf '%050d' 0 | tr 0 $digit)
    "$scrawl" data draw $text$text$text$text -o own/$digit --size 8 --quiet || say failed
done
watch() { # what script(1) saw on its terminal
    say "\$ $*, on a terminal"
    script -qec "$*" seen >"$place/out" </dev/null
    case $(cat seen) in
    *'%'*'images/s'*'ETA'*) say "a bar" ;;
    *) say "no bar" ;;
    esac
}
export scrawl
TERM=xterm watch '$scrawl data info own:all'
TERM=xterm watch '$scrawl data info own:all --quiet'
say '$ $scrawl data info own:all, into a file'
TERM=xterm "$scrawl" data info own:all >"$place/out" 2>"$place/err" && [ ! -s "$place/err" ] && say "no bar"
TERM=dumb watch '$scrawl data info own:all'
