# A model for other programs: the same bytes each time, and a sentence where it cannot be.
filter 's/(no such model file).*/\1 .../'
run export digits --to onnx -o digits.onnx
quietly export digits --to onnx -o again.onnx
cmp digits.onnx again.onnx && say "the same bytes"
quietly export digits --to onnx -o -
cmp "$place/out" digits.onnx && say "the same on standard output"
grep -q 'float32 \[N,1,28,28\]' digits.onnx && say "it says what its input is"
grep -q '\["0","1","2"' digits.onnx && say "it has the classes"
quietly export digits --to safetensors -o digits.safetensors
quietly export digits.safetensors --to onnx -o again.onnx
cmp digits.onnx again.onnx && say "the same through a file"
run export
run export digits
run export digits --to onnx
run export digits --to onyx -o digits.onyx
run export nothing --to onnx -o nothing.onnx
run export digits --to onnx -o missing/digits.onnx
run export digits.onnx --to onnx -o again.onnx
ls >"$place/files"
show "$place/files"
