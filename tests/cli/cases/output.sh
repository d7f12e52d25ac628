# stdout that cannot be written is a failure; stderr has no bar where it is no terminal.
filter "s/kernels [a-z0-9]+/kernels K/"
say '$ scrawl doctor >/dev/full'
if [ -c /dev/full ]; then
    "$scrawl" doctor >/dev/full 2>"$place/err"
    say "exit $?"
    show "$place/err"
else # not every sandbox has one
    say "exit 1"
    say "scrawl: standard output: No space left on device"
fi
quietly data draw 0000000000 -o own/0 --size 40
quietly data draw 1111111111 -o own/1 --size 40
say '$ scrawl train, stderr is a file'
TERM=xterm "$scrawl" train mlp --data own --epochs 2 -o run --set 'network.layers[3].dense.units=2' >"$place/out" 2>"$place/err"
say "exit $?"
show "$place/err"
tr -d '\033' <"$place/err" | cmp - "$place/err" && say "no escape sequences"
chmod a-w own
mkdir locked
chmod a-w locked
if [ "$(id -u)" != 0 ]; then
    "$scrawl" data sheet own -o locked/sheet.png >"$place/out" 2>"$place/err" && say written
    "$scrawl" train mlp --data own --epochs 1 -o locked/run >"$place/out" 2>"$place/err" && say trained
fi
run data sheet own -o missing/sheet.png
run eval run/model.safetensors --data own --save-logits missing/x.npy --json
quietly bench train --recipe mlp --seconds 0.05 --json --threads 1
json 'recipe = "mlp"' 'threads = 1' 'batch = 32' 'images_per_second > 0' 'gflops > 0' \
    'peak_gflops > 0' 'share_of_peak > 0' '. size 7'
quietly bench train --recipe mlp --seconds 0.05 --json --set train.batch=48
json 'batch = 48'
quietly bench infer --recipe gap-cnn --seconds 0.05 --json --threads 2 --set network.input=[1,20,24] \
    --set preprocessing.height=20 --set preprocessing.width=24
json 'recipe = "gap-cnn"' 'threads = 2' 'batch = 256' 'images_per_second > 0' 'gflops > 0' \
    'peak_gflops > 0' 'share_of_peak > 0' 'infer_single_us > 0' 'single_gflops > 0' \
    'single_peak_gflops > 0' 'single_share_of_peak > 0'
quietly bench kernels --seconds 0.01 --json --cpu none
json '0.kernel = "conv_forward"' '0.algorithm is null' '0.shape is string' '0.nanoseconds > 0' \
    '0.gflops > 0' '0.share_of_peak > 0' '0.gbytes_per_second is null' '0.speedup = 1'
filter 's/^(peak|sgd.*parameters)( +[0-9.]+)+/\1 SOME/; s/ +[0-9.]+( +1.00x)$/ SOME\1/'
run bench kernels --seconds 0.01 --cpu none --only sgd
run bench kernels --only abacus
run bench kernels --only abacus --json
run bench train --recipe nothing
run bench train --set train.batches=3
filter 's/^(mlp|one|[0-9.]+ GFLOP).*$/\1 SOME/; s/^[0-9.]+ GFLOP/SOME GFLOP/'
run bench train --recipe mlp --seconds 0.05
run bench infer --recipe mlp --seconds 0.05
