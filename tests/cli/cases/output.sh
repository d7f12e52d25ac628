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
json 'recipe = "mlp"' 'threads = 1' 'batch = 32' 'images_per_second > 0' '. size 4'
quietly bench infer --recipe mlp --seconds 0.05 --json --threads 2
json 'recipe = "mlp"' 'threads = 2' 'batch = 256' 'images_per_second > 0' 'infer_single_us > 0'
quietly bench kernels --seconds 0.01 --json --cpu none
json '0.kernel = "conv_forward"' '0.nanoseconds > 0' '0.gflops > 0' '0.shape is string'
run bench train --recipe nothing
