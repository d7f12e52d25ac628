# Pictures from the pen: their names, and the same bytes for the same seed.
run data draw 7a7Z -o drawn/deep --size 56 --seed 3
run data draw 7a7Z -o again --size 56 --seed 3
cmp drawn/deep/7-1.png again/7-1.png && say same
cmp -s drawn/deep/7-1.png drawn/deep/7-2.png || say "another hand"
run data draw 7 -o other --size 56 --seed 4
cmp -s drawn/deep/7-1.png other/7-1.png || say "another seed"
: >file
run data draw 1 -o file/below
run data draw 1 --size 7
run data draw --size=8 -oattached 12
run data draw --quiet --output=equals -- 3
[ -s equals/3-1.png ] && say "equals/3-1.png is there"
