# Train, evaluate, classify, on pictures that the pen draws: what a newcomer does.
filter 's/[0-9a-f]{64}/SHA256/; s/kernels [a-z0-9]+/kernels K/'
filter 's|^( *[0-9]+/[0-9]+) .*|\1 EPOCH|; s/^(wall time|test accuracy|accuracy|loss|balanced accuracy) .*/\1 .../'
filter 's/^(among the best|cross-entropy|Brier score|calibration error) .*/\1 .../'
filter 's/^( +[0-9]|.*avg)( +[0-9.]{6}){3}( +[0-9]+)$/\1 PRECISION RECALL F1\3/; s/^( +accuracy) .*/\1 .../'
filter 's/^( +[0-9])( +[0-9.]+){10}$/\1 TEN ANSWERS/; s/^(scores|) +(test|validation): [a-z].*/\1 \2: .../'
for digit in 0 1 2 3 4 5 6 7 8 9; do
    text=$digit$digit$digit$digit$digit$digit$digit$digit
    quietly data draw $text$text$text$text$text -o own/$digit --size 40 --seed 1$digit
done
run data info own:all
run data info own
run data sheet own -o sheet.png --columns 4 --quiet
[ -s sheet.png ] && say "sheet.png is there"
run train mlp --data own --epochs 12 --set data.validation=0.2 --threads 2
[ -s runs/mlp-1/model.safetensors ] && [ -s runs/mlp-1/recipe.yaml ] && say "the run is there"
say "$(wc -l <runs/mlp-1/metrics.jsonl) lines of metrics"
run eval runs/mlp-1
quietly eval runs/mlp-1/model.safetensors --data own --save-logits x.npy --json
json '. size 1' '0.data = "own"' '0.split = "test"' '0.n = 80' '0.accuracy > 0.6' \
    '0.accuracy <= 1' '0.errors < 32' '0.loss > 0' '0.confusion_matrix size 10' \
    '0.confusion_matrix.9 size 10' '0.classes size 10' '0.classes.3.label = "3"' \
    '0.classes.3.support = 8' '0.classes.3.f1 is number' '0.classes.3.recall >= 0' \
    '0.classes.3.precision <= 1' '0.interval size 2' '0.interval.0 > 0.5' '0.interval.1 <= 1' \
    '0.brier > 0' '0.calibration_error >= 0' '0.balanced_accuracy > 0.6' '0.top_k size 10' \
    '0.top_k.9 = 1' '0.macro_avg.f1 > 0.5' '0.weighted_avg.recall > 0.6' '0.reliability size 15' \
    '0.reliability.14.n > 0' '0.merged.errors <= 32' '0.merged.groups.0 = "0O"' \
    '0.model = "runs/mlp-1/model.safetensors"' '0.sha256 is string'
say "$(wc -c <x.npy) bytes of logits" # 128 + 80 * 10 * 4
quietly eval runs/mlp-1/model.safetensors --data own:train --data own:test --json
json '. size 2' '0.n = 320' '1.n = 80' '0.split = "train"' '1.split = "test"'
quietly eval runs/mlp-1/model.safetensors --data own --data nothing --json
say "$(wc -c <"$place/out") bytes on stdout"
# Sevens that are called ones and sevens: row 1 has its answers in column 7, row 7 none in column 1.
quietly data draw 7777777777 -o false/1 --size 40 --seed 3
quietly data draw 7777777777 -o false/7 --size 40 --seed 4
quietly eval runs/mlp-1 --data false:all --json
json '0.n = 20' '0.confusion_matrix.1.7 >= 6' '0.confusion_matrix.7.1 <= 3' \
    '0.classes.1.recall < 0.5' '0.classes.7.recall > 0.5' '0.classes.0.f1 = 0'
quietly eval runs/mlp-1 --data false:all
awk 'NF == 11 && $1 == 1 && $9 >= 6 { print "one line of it" }' "$place/out" >>"$place/transcript"
run show runs/mlp-1
run show runs/mlp-1 --yaml
cmp "$place/out" runs/mlp-1/recipe.yaml && say "the recipe in the model is the run's"
