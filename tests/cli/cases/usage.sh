# Wrong usage: a sentence, the nearest name, where to read more, exit status 2.
run
run trian
run xyzzy
run 'data list'
run data
run data lsit
run bench kernel
run train
run train mlp extra
run train mlp --epoch 3
run train mlp --epochs
run train mlp --epochs --seed 1
run train mlp --epochs ten
run train mlp --epochs 0
run train mlp --epochs=3x
run train mlp --force=yes
run train mlp -z
run train mlp --set train.epochs
run train mlp --resume runs/x
run train --resume runs/x --seed 3
run predict
run predict --top 11 x.png
run predict --threads 0 x.png
run predict --cpu abacus x.png
run eval
run eval one two
run eval digits --data pen --data pen --save-logits x.npy
for pair in '--ood noise' '--record' '--save-logits x.npy' '--corruptions'; do
    run eval x --noise salt $pair
    run eval x $pair --clean blur
done
run eval x --corruptions --ood noise
run eval x --seed 3
run eval x --seed 3 --clean blur
run eval x --record --tta cross
run ensemble x y -o z --vote --average
run ensemble x y -o z --data d
run calibrate x -o z --confidence 0.9
run show --yml digits
run data draw '7?' -o drawn
run doctor extra
run help trian
run --treads 2 doctor
say '$ scrawl train mlp, --set 65 times'
"$scrawl" train mlp $(i=0; while [ $i -lt 65 ]; do echo --set a=b; i=$((i + 1)); done) 2>"$place/err"
say "exit $?"
show "$place/err"
