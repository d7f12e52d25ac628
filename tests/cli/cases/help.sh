# The manual, word for word.
filter 's/[0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*/VERSION/'
run --version
run --help
for command in train eval compare calibrate predict show report ensemble export data 'data list' 'data fetch' 'data info' 'data sheet' \
    'data draw' 'data corruptions' bench 'bench train' 'bench infer' 'bench kernels' doctor; do
    run $command --help
done
quietly -h train
head -n 1 "$place/out" >>"$place/transcript"
quietly help data sheet
head -n 1 "$place/out" >>"$place/transcript"
