# Many runs: seeds, grids, what they leave, what is refused, and going on after a signal.
filter 's/kernels [a-z0-9]+/kernels K/; s/( +[0-9]+ min)? +[0-9.]+ s$/ TIME/; s/[0-9]+ threads/N threads/'
filter 's/^(  [a-z_]+=[^ ]+( [a-z_]+=[^ ]+)*) .*%.*$/\1 BAR/; s/ +[0-9.]+ \+- [0-9.]+/ MEAN +- SD/g'
filter 's/ +[0-9.]+ %/ PERCENT/g; s/ +[0-9]+\.[0-9]{4}/ LOSS/g; s/, chart\.svg$//; /gnuplot is not installed/d'
quietly data draw 0000000000000000000000000000000000000000 -o own/0 --size 40
quietly data draw 1111111111111111111111111111111111111111 -o own/1 --size 40
quietly show mlp --yaml
sed 's/units: 10/units: 2/; s/epochs: .*/epochs: 1/; s/validation: .*/validation: 0.3/' "$place/out" >two.yaml

say; say "# three seeds"
run train two.yaml --data own --seeds 1..3
say "$(cd runs/mlp-seeds-1..3 && ls && ls seed-2)"
quietly train two.yaml --data own --seed 2 -o alone --quiet
cmp alone/model.safetensors runs/mlp-seeds-1..3/seed-2/model.safetensors && say "same bytes"
run train two.yaml --data own --seeds 1..3 -o runs/mlp-seeds-1..3
run train two.yaml --data own --seeds 1..1 -o runs/mlp-seeds-1..3 --force --quiet
run train --resume runs/mlp-seeds-1..3 --quiet

say; say "# a grid: the worst point first"
run train two.yaml --data own --sweep train.learning_rate=1e-7,0.003 --sweep augmentation.scale=[0.9,1.1] --seeds 4..5 -o grid
say "$(ls grid | grep -v svg)"
cut -f 1-5 grid/results.tsv >>"$place/transcript"
grep -c . grid/results.tsv >>"$place/transcript"
quietly train --resume grid --json
json '. size 5' 'folder = "grid"' 'name = "mlp"' 'sorted_by = "valid_accuracy"' 'points size 2' 'runs size 4' \
    'points.0.runs = 2' 'points.0.diverged = 0' 'points.0.valid_accuracy > 0.8' 'points.0.valid_accuracy_sd >= 0' \
    'points.0.test_accuracy is number' 'points.0.settings size 2' 'points.1.valid_accuracy < 0.9' \
    'runs.3.seed = 5' 'runs.3.folder = "grid/2-learning_rate=0.003,scale=_0.9_1.1_/seed-5"' 'runs.3.n_validation = 20' 'runs.3.name = "mlp"' \
    'runs.3.epochs = 1' 'runs.3.diverged = false' 'runs.3.settings size 2'
quietly train two.yaml --data own --json -o single
json 'folder = "single"' 'name = "mlp"' 'epochs = 1' 'stopped_early = false' 'n_train = 44' 'n_test = 16' \
    'test_accuracy is number' 'test_errors is number' 'test_loss is number' 'valid_accuracy <= 1' 'seconds >= 0'
quietly train two.yaml --data own --json -o until --epochs 50 --until-accuracy 0.95
json 'stopped_early = true' 'epochs < 50' 'valid_accuracy >= 0.95'

say; say "# without gnuplot"
mkdir bin
say '$ PATH=bin scrawl train --resume grid --json'
PATH=$place/work/bin "$scrawl" train --resume grid --json >"$place/out" 2>"$place/err"
say "exit $?, $(grep -c 'chart.svg is not drawn: gnuplot is not installed .*; grid/results.tsv has' "$place/err") message"
json 'points size 2'

say; say "# a run that diverges is a result"
run train two.yaml --data own --set train.optimizer=sgd --set train.l2=1 --sweep train.learning_rate=1e6,0.001 --epochs 20 -o rates --quiet
run train two.yaml --data own --set train.optimizer=sgd --set train.l2=1 --sweep train.learning_rate=1e6 --epochs 20 -o fast --quiet
run train two.yaml --data own --sweep train.batch=8,16 --set data.validation=0 -o unsorted --quiet

say; say "# the largest seeds"
run train two.yaml --data own --seeds 2147483646..2147483647 -o largest --quiet
say "$(ls largest)"

say; say "# refused"
for seeds in 5..1 x 3 1.. 1..2x -1..3 ' 1..2' '1.. 2' 1..+2 1..2147483648 0..99999; do run train mlp --seeds "$seeds"; done
run train mlp --seeds 1..2 --seed 3
for axis in nokey train.batch= =3 train.batch=1,,2 train.batch=1,1 train.bach=1,2 train.batch=0,2 train.seed=1,2; do
    run train mlp --seeds 1..2 --sweep "$axis"
done
run train mlp --sweep train.batch=1,2 --sweep train.batch=3
hundred=$(i=1; while [ $i -lt 102 ]; do printf '%s,' $i; i=$((i + 1)); done)102
say '$ scrawl train mlp, --sweep of 102 x 102 values'
"$scrawl" train mlp --sweep train.batch=$hundred --sweep train.epochs=$hundred 2>"$place/err"
say "exit $?"
show "$place/err"
run train mlp --until-accuracy 2
run train --resume grid --seeds 1..2
sed 's/0.3/0.4/' grid/base.yaml >changed && cp changed grid/base.yaml
run train --resume grid

say; say "# interrupted in the middle, and killed, and resumed: the same bytes as without"
quietly show bn-cnn --yaml
sed -E 's/^( *)units: 10/\1units: 2/; s/epochs: .*/epochs: 12/' "$place/out" >long.yaml
quietly train long.yaml --data own --cpu none --quiet --seeds 1..2 -o whole
say '$ scrawl train long.yaml --data own --cpu none --quiet --seeds 1..2 -o cut &'
"$scrawl" train long.yaml --data own --cpu none --quiet --seeds 1..2 -o cut >"$place/out" 2>"$place/err" &
pid=$!
while [ ! -s cut/seed-1/metrics.jsonl ] && kill -0 $pid; do sleep 0.02; done
kill -INT $pid 2>/dev/null; kill -TERM $pid
wait $pid
say "exit $?"
show "$place/err"
say '$ scrawl train --resume cut --cpu none --quiet &'
"$scrawl" train --resume cut --cpu none --quiet >"$place/out" 2>"$place/err" &
pid=$!
while [ ! -s cut/seed-2/metrics.jsonl ] && kill -0 $pid; do sleep 0.02; done
kill -KILL $pid
wait $pid 2>/dev/null
say "exit $?"
run train --resume cut --cpu none --quiet
for seed in 1 2; do cmp whole/seed-$seed/model.safetensors cut/seed-$seed/model.safetensors && say "same bytes"; done
