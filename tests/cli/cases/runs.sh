# Run folders: numbered by default, never overwritten unasked, the same bytes for the same seed.
filter 's/interrupted (in|after) .*;/interrupted ...;/; s/^wall time.*/WALL TIME/; s/^test accuracy.*/TEST ACCURACY/; s/kernels [a-z0-9]+/kernels K/'
quietly data draw 0000000000 -o own/0 --size 40
quietly data draw 1111111111 -o own/1 --size 40
quietly show mlp --yaml
sed 's/units: 10/units: 2/; s/epochs: .*/epochs: 1/' "$place/out" >two.yaml
run train two.yaml --data own --quiet
run train two.yaml --data own --quiet
run train two.yaml --data own --quiet -o runs/mlp-1
run train two.yaml --data own --quiet -o runs/mlp-1 --seed 7 --force
grep seed runs/mlp-1/recipe.yaml >>"$place/transcript"
quietly train two.yaml --data own --quiet -o runs/zero --seed 0
grep seed runs/zero/recipe.yaml >>"$place/transcript"
run train two.yaml --data own --quiet --threads 1 -o runs/first
run train two.yaml --data own --quiet --threads 3 -o runs/second
cmp runs/first/model.safetensors runs/second/model.safetensors && say "same bytes"
: >file
run train two.yaml --data own --quiet -o file/run
run train mlp --data own --quiet -o runs/ten
run train two.yaml --data own:train --set data.test=none --set data.validation=0 -o runs/untested --quiet
run train two.yaml --data own --set name=../../x
run train two.yaml --data own --set data.test=none --set data.validation=0.001 -o runs/few --quiet
say "$(ls runs)"
run train --resume nowhere
run train --resume runs/first

say; say "# interrupted in the middle (plain C leaves the time for it) and resumed: the same bytes as without"
quietly show bn-cnn --yaml
sed -E 's/^( *)units: 10/\1units: 2/; s/epochs: .*/epochs: 60/' "$place/out" >long.yaml
quietly train long.yaml --data own --cpu none --quiet -o whole
say '$ scrawl train long.yaml --data own --cpu none --quiet -o cut &'
"$scrawl" train long.yaml --data own --cpu none --quiet -o cut >"$place/out" 2>"$place/err" &
pid=$!
while [ ! -s cut/metrics.jsonl ] && kill -0 $pid; do sleep 0.02; done
kill -TERM $pid
wait $pid
say "exit $?"
show "$place/err"
[ "$(wc -l <cut/metrics.jsonl)" -lt 60 ] && say "it was not at its end"
run train --resume cut --cpu none --quiet
cmp whole/model.safetensors cut/model.safetensors && say "same bytes"
say "$(wc -l <cut/metrics.jsonl) epochs"
