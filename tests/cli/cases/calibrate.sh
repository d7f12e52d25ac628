# Temperature and threshold: what is printed, stored and then said of a picture; cross-fitting; and
# pictures of no digit.
filter 's/^wall time.*/WALL TIME/; s/[0-9]+\.[0-9]+ %/PART/g; s/^(temperature|cross-entropy|threshold|\| threshold)[ |]+[0-9][^:]*/\1 N/; s/^threshold +none, was [0-9.]+/threshold none, was N/; s/below its threshold.*/below its threshold.../; s/^(accepted  ).*/\1N/; s/^errors  .*/errors N/; s/bound: [0-9.]+ %/bound: N/; s/kernels [a-z0-9]+/kernels K/; s/(; )[0-9]+ threads/\1N threads/; s/[01]\.[0-9]{4} +(-|PART)$/AUROC \1/; s/most: .*/most: .../'
quietly train mlp --data pen --epochs 2 -o runs/pen --quiet

say; say "# a run that held out 1,000 images has its temperature"
quietly show runs/pen
say "$(grep -c '^temperature ' "$place/out") temperature"
quietly eval runs/pen --data pen:test --json
json '0.accepted is null' '0.ood size 0'
run calibrate runs/pen

say; say "# an error bound, and what it does"
run calibrate runs/pen --max-error 0.02 -o sure.safetensors
quietly show sure.safetensors
grep -E '^ +pen:.*calibration' "$place/out" >"$place/head"
show "$place/head"
quietly show sure.safetensors --card
grep -E 'threshold|error bound|calibration' "$place/out" >"$place/head"
show "$place/head"
quietly eval sure.safetensors --data pen:test
say "$(grep -c '^accepted .* go to a person$' "$place/out") line on what is accepted"
quietly eval sure.safetensors --data pen:test --json
json '0.accepted.share > 0.5' '0.accepted.share < 1' '0.accepted.threshold > 0.1' '0.n = 4000'
quietly calibrate runs/pen -e 0.02 --json --ood dashes
json 'split = "validation"' 'n = 1000' 'temperature.after > 0' 'loss.before > 0' \
    'error_bound.max_error = 0.02' 'error_bound.confidence = 0.95' 'error_bound.bound <= 0.02' \
    'error_bound.accepted_share > 0.5' 'ood size 1'
quietly calibrate runs/pen --json
json 'error_bound is null' 'ood size 0'
quietly calibrate runs/pen -e 0.02 --confidence 0.99 -o surer.safetensors
cmp sure.safetensors surer.safetensors >"$place/out" || say "another threshold"

say; say "# the same temperature: the error bound stays"
run calibrate sure.safetensors -o same.safetensors
cmp sure.safetensors same.safetensors && say "the same file"

say; say "# rounded weights are others"
run export sure.safetensors --to safetensors --half -o half.safetensors
quietly eval half.safetensors --data pen:test --json
json '0.accepted is null'

say; say "# a doodle is rejected, with the reason"
quietly data draw xxxxxxxxxx -o letters --size 60
quietly predict letters --model sure.safetensors
sed -E 's/^[^ ]+ [0-9]  \([^)]*\)//; /rejected/!d; s/[0-9.]+ %/N %/g' "$place/out" | sort -u >"$place/head"
show "$place/head"
quietly predict letters --model sure.safetensors --json
say "$(grep -c '"rejected": true' "$place/out" | sed 's/^[1-9].*/some/') are rejected"

say; say "# pictures of no class"
run calibrate runs/pen --ood dashes --ood pen-chars
quietly eval sure.safetensors --data pen:test --ood pen-chars --json
json '0.ood size 1' '0.ood.0.n = 3700' '0.ood.0.leakage is null' \
    '0.ood.0.auroc > 0.5' \
    '0.ood.0.accepted_share <= 1' '0.ood.0.without_confusable.n < 3700' \
    '0.ood.0.classes size 37' '0.ood.0.classes.0.label = "A"'

quietly train mlp --data pen --epochs 1 --set data.outliers=dashes -o runs/met --quiet
quietly eval runs/met --data pen:test --ood dashes:train --json --quiet
json '0.ood.0.leakage = "same"'

say; say "# other data, and folds"
run calibrate runs/pen --data missing --max-error 0.1
quietly data draw 0123456789012345678901234567890123456789 -o drawn --size 40
mkdir -p own
for digit in 0 1 2 3 4 5 6 7 8 9; do
    mkdir "own/$digit"
    cp "drawn/$digit"-*.png "own/$digit"
done
run calibrate runs/pen --data own --max-error 0.1
quietly train mlp --data pen --epochs 1 -o folds --quiet --set data.validation=0.5 --sweep data.fold=0,1
say "$(ls -d folds/*/ | sed 's|folds/||' | tr '\n' ' ')"
run calibrate runs/pen --max-error 0.5
run calibrate runs/pen --folds folds/*-fold=* --max-error 0.02 -o folded.safetensors
quietly show folded.safetensors
grep -E '^ +pen:.*calibration' "$place/out" >"$place/head"
show "$place/head"

say; say "# what cannot be"
run calibrate
run calibrate runs/pen runs/pen
run calibrate runs/pen --folds folds/1-fold=0
run calibrate runs/pen --folds folds/1-fold=0 folds/1-fold=0
run calibrate runs/pen --folds folds/1-fold=0 folds/2-fold=1 --data own
run calibrate runs/pen --max-error 0
run calibrate runs/pen --confidence 1
run calibrate runs/pen --confidence 0.99
run calibrate runs/pen --data pen:test
run calibrate runs/pen --data pen:all
run calibrate runs/pen --max-error 0.001 -o x
mv own/0 own/x # every label is another
for digit in 1 2 3 4 5 6 7 8 9; do mv "own/$digit" "own/$((digit - 1))"; done
mv own/x own/9
filter 's/: [0-9]+ of 30 images are read wrong, and the lowest bound is [0-9.]+, with [0-9]+ errors? among the surest [0-9]+/: COUNTS/'
run calibrate runs/pen --data own --max-error 0.4 -o x
run calibrate sure.safetensors --data own
run calibrate runs/pen --ood pen
run calibrate runs/pen --ood zebras -o x
run calibrate runs/pen -o missing/x
say "$(ls x 2>/dev/null | wc -l) files"
