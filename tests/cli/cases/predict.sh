# Classification of what is a picture and of what is none.
filter 's/CRC-32 [0-9a-f]{8}, found [0-9a-f]{8}/CRC-32 A, found B/; s/>?[0-9.]+ %/PART/g; s/([: ]) [01]  \(/\1 DIGIT  (/g'
quietly data draw 00000000000000000000 -o own/0 --size 40
quietly data draw 11111111111111111111 -o own/1 --size 40
quietly train mlp --data own --epochs 20 -o run --quiet --set data.test=none \
    --set 'network.layers[3].dense.units=2'
quietly data draw 01 -o drawn --size 100 --seed 9
run predict drawn/0-1.png drawn/1-1.png --model run
run predict drawn/0-1.png --top 2 --model run
quietly predict drawn/0-1.png --top 10 --model run
quietly predict drawn --model run --json
json '. size 2' '0 size 6' '0.file = "drawn/0-1.png"' '1.file = "drawn/1-1.png"' '0.label = "0"' \
    '1.label = "1"' '0.confidence > 0.5' '0.confidence <= 1' '0.rejected = false' \
    '0.reason is null' '0.top size 1' '0.top.0.label = "0"'
say '$ scrawl predict - <drawn/1-1.png'
"$scrawl" predict - --model run <drawn/1-1.png >"$place/out"
show "$place/out"

say; say "# what cannot be read is named, the rest is done"
: >empty.png
printf 'this is no picture' >text.png
head -c 60 drawn/0-1.png >cut.png
{ printf 'P5 20 20 255\n'; printf '%0400d' 0 | tr 0 '\377'; } >blank.pgm
printf 'P5 1 1 255\n\000' >dot.pgm
run predict missing.png empty.png text.png cut.png blank.pgm drawn/1-1.png --model run
quietly predict missing.png drawn/1-1.png blank.pgm drawn/0-1.png --model run --json --top 2
json '. size 4' '0 size 2' '0.file = "missing.png"' '0.error is string' '1.label = "1"' \
    '1.top size 2' '2.file = "blank.pgm"' '2.error is string' '3.label = "0"'
quietly predict dot.pgm --model run --json
json '. size 1' '0.file = "dot.pgm"' '0.error is string'
say '$ a name that is not UTF-8'
"$scrawl" predict "$(printf 'bad\377name.png')" --model run --json >"$place/out" 2>"$place/err"
json '0.file = "bad\ufffdname.png"'

say; say "# folders: below, in order, hidden ones and other files left out"
mkdir -p tree/b tree/.hidden tree/a tree/none
cp drawn/0-1.png tree/b/zero.png
cp drawn/1-1.png tree/a/one.PNG
cp drawn/1-1.png tree/.hidden/x.png
cp drawn/1-1.png tree/.x.png
echo notes >tree/notes.txt
ln -s .. tree/b/loop
run predict tree --model run
run predict tree/none drawn/1-1.png --model run

say; say "# a model that is none"
run predict drawn/0-1.png --model text.png
head -c 200 run/model.safetensors >cut.safetensors
run predict drawn/0-1.png --model cut.safetensors --json
{ head -c -1 run/model.safetensors && printf A; } >flipped.safetensors # a bias of 8 or more
run predict drawn/0-1.png --model flipped.safetensors

say; say "# a built-in model goes before the recipe of its name, which is inside it"
quietly show digits
say "$(grep -c '^model  *digits$' "$place/out") model"
quietly show digits --yaml
say "$(grep -c '^name: digits$' "$place/out") recipe"
