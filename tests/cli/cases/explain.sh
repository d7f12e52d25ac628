# Why an answer is what it is, as a picture.
filter 's/>?[0-9.]+ %/PART/g'
quietly data draw 7 -o . --size 120 --seed 5
run predict 7-1.png --explain why.png
quietly predict 7-1.png --json
cp "$place/out" plain.json
quietly predict 7-1.png --json --explain again.png
say "$(cmp plain.json "$place/out" && cmp why.png again.png && echo 'the same JSON as without, the same picture again')"
say "$(head -c 8 why.png | od -An -tx1)"
say '$ scrawl predict - --explain piped.png <7-1.png'
"$scrawl" predict - --explain piped.png <7-1.png >/dev/null 2>"$place/err"
show "$place/err"
say "$(cmp why.png piped.png && echo 'the same picture')"

say; say "# what is refused"
{ printf 'P5 20 20 255\n'; printf '%0400d' 0 | tr 0 '\377'; } >blank.pgm
run predict blank.pgm --explain blank.png
run predict missing.png --explain missing-why.png
say "$(ls blank.png missing-why.png 2>/dev/null)no picture of what has no answer"
run predict 7-1.png --explain no/such/folder.png
quietly predict 7-1.png --explain no/such/folder.png --json
json '. size 1' '0.label = "7"'
run predict 7-1.png 7-1.png --explain two.png
run predict . --explain folder.png
run predict 7-1.png --explain why.gif
run predict 7-1.png --explain .png/
cp 7-1.png before.png
ln -s 7-1.png linked.png
run predict 7-1.png --explain ./7-1.png
run predict 7-1.png --explain linked.png
say '$ scrawl predict - --explain 7-1.png <7-1.png'
"$scrawl" predict - --explain 7-1.png <7-1.png >"$place/out" 2>"$place/err"
show "$place/out" "$place/err"
say "$(cmp before.png 7-1.png && echo 'the picture is still there')"
run predict 7-1.png --explain
