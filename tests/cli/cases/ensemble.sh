# Several models as one, shifts, halves, cards, and a start from another model's weights.
filter 's/^wall time.*/WALL TIME/; s/[0-9]+\.[0-9]+ %( \([0-9.]+ to [0-9.]+\))?/PART/g; s/loss +[0-9.]+/loss N/; s/errors? [0-9]+/errors N/g; s/, [0-9]+ errors?/, N errors/g; s/(accuracy|loss) [0-9.e+-]+/\1 N/g; s/kernels [a-z0-9]+/kernels K/; s/(; )[0-9]+ threads/\1N threads/'
quietly data draw 01010101010101010101 -o drawn --size 40
mkdir -p own/0 own/1
quietly data draw 0000000000000000000000000000000000000000 -o own/0 --size 40
quietly data draw 1111111111111111111111111111111111111111 -o own/1 --size 40
quietly show mlp --yaml
sed 's/units: 10/units: 2/; s/units: 128/units: 8/; s/epochs: .*/epochs: 20/' "$place/out" >two.yaml
for seed in 1 2 3; do
    quietly train two.yaml --data own --quiet -o runs/$seed --seed $seed
done

say; say "# of all, of the chosen ones"
run ensemble runs/1 runs/2 runs/3 -o three.safetensors
run ensemble runs/1 runs/2 runs/3 -o again.safetensors
cmp three.safetensors again.safetensors && say "the same bytes"
run ensemble runs/1 runs/2 --vote --tta cross -o vote.safetensors
quietly show three.safetensors
head -n 10 "$place/out" >"$place/head"
show "$place/head"
quietly show vote.safetensors
sed -n 4,5p "$place/out" >"$place/head"
show "$place/head"
quietly ensemble runs/1 runs/2 runs/3 --select 2 -o chosen.safetensors
head -n 3 "$place/out" >"$place/head"
show "$place/head"
say "$(wc -l <"$place/out") lines"
quietly show chosen.safetensors
say "$(grep -c '^scores  *validation: n 4 ' "$place/out") score, of what chose"
quietly ensemble runs/1 runs/2 runs/3 --select 3
say "$(grep -c 'runs/' "$place/out") models chosen, nothing written"

say; say "# used like any model: the same on any number of threads"
quietly eval three.safetensors --data own --threads 1 --save-logits one.npy
quietly eval three.safetensors --data own --threads 3 --save-logits three.npy
cmp one.npy three.npy && say "the same answers"
quietly eval vote.safetensors --data own --json
json '0.accuracy > 0.5' '0.loss < 1'
quietly eval runs/1 --data own --tta square --save-logits square.npy
cmp one.npy square.npy >"$place/out" || say "other answers"
quietly predict drawn/0-1.png --model three.safetensors --tta cross --json
json '0.label = "0"' '0.confidence <= 1'
quietly ensemble runs/1 --tta square -o careful.safetensors
quietly eval careful.safetensors --data own --save-logits careful.npy
cmp careful.npy square.npy && say "what the file says is what --tta says"
quietly ensemble careful.safetensors --tta none -o plain.safetensors
quietly export plain.safetensors --to onnx -o plain.onnx
run export careful.safetensors --to onnx -o x.onnx
run export three.safetensors --to onnx -o x.onnx

say; say "# 16-bit weights, and scores of what is stored"
quietly export runs/1 --to safetensors --half -o half.safetensors
quietly show half.safetensors
sed -n '4p;/^scores/p' "$place/out" >"$place/head"
show "$place/head"
quietly eval half.safetensors --data own --record
quietly show half.safetensors
say "$(grep -c '^scores  *test: n 16' "$place/out") score, $(grep -c '16-bit' "$place/out") line on its weights"
quietly export half.safetensors --to safetensors -o half2.safetensors
cmp half.safetensors half2.safetensors && say "it stays what it is"

say; say "# cards"
quietly show runs/1 --card --hardware 'a small machine'
grep -E '^(#|- hardware|\| own)' "$place/out" >"$place/head"
show "$place/head"
say "$(grep -c '^- time: [0-9.]* minutes$' "$place/out") time, of the run folder"
quietly show three.safetensors --card --hours 2.5
grep -E '^(- time|\| ensemble)' "$place/out" >"$place/head"
show "$place/head"
run show runs/1 --card --yaml
run show runs/1 --hours 1
run show two.yaml --card

say; say "# from another model's weights"
run train two.yaml --data own -o runs/tuned --init runs/1 --epochs 1 --quiet
quietly show runs/tuned
sed -n '/^data/,/^scores/p' "$place/out" >"$place/head"
show "$place/head"
say '$ scrawl train two.yaml --init runs/1 with other layers'
for set in 'network.layers[1].dense.units=9' 'network.layers[1].dense.name=other'; do
    run train two.yaml --data own -o runs/x --init runs/1 --quiet --set "$set"
done
run train two.yaml --data own -o runs/x --init three.safetensors --quiet
run train --resume runs/1 --init runs/2
say "$(ls runs)"

say; say "# what cannot be"
run ensemble
run ensemble runs/1
run ensemble runs/1 runs/2 --vote --average -o x
run ensemble runs/1 runs/2 --data own -o x
run ensemble runs/1 runs/2 --select 3
run ensemble runs/1 runs/2 --select 0
run ensemble runs/1 runs/2 --tta circle -o x
run ensemble runs/1 runs/2 --select 1 --data own:test
run ensemble runs/1 runs/2 --select 1 --data own:train
run ensemble runs/1 digits -o x
run ensemble runs/1 three.safetensors -o x
run ensemble runs/1 careful.safetensors -o x
run ensemble runs/1 nothing.safetensors -o x
run ensemble runs/1 runs/2 -o missing/x
run eval digits --record
run eval runs/1 --record --tta cross
run export runs/1 --to onnx --half -o x
cp three.safetensors flipped.safetensors
printf A | dd of=flipped.safetensors bs=1 seek=$(($(wc -c <three.safetensors) - 1)) conv=notrunc 2>"$place/err"
filter 's/^wall time.*/WALL TIME/; s/CRC-32 [0-9a-f]{8}, found [0-9a-f]{8}/CRC-32 A, found B/'
run show flipped.safetensors
