# What a file or a folder can cause: a sentence, exit status 1, nothing lost.
filter 's/(there are: )[^)]*/\1.../; s/(known: ).*/\1.../; s/(no such model file).*/\1 .../'
run train nothing.yaml
run train ml
run eval nothing.safetensors --data pen
run predict x.png --model nothing.safetensors
run show nothing
run show bncnn
run data info nothing
run data fetch nothing
run data sheet nothing -o sheet.png
printf 'name: x\ntrain: {epochs: ten}\n' >wrong.yaml
run train wrong.yaml
run show wrong.yaml
printf 'name: [x\n' >broken.yaml
run show broken.yaml
: >empty.safetensors
run show empty.safetensors
printf 'a,b,c\n' >wrong.csv
run data info wrong.csv
mkdir one-class && run data draw 7 -o one-class/7 --quiet
run data info one-class
run --cpu avx512 --version
export SCRAWL_CPU=abacus
run data list
unset SCRAWL_CPU
# A set of which only one part is there: that part is shown, and the sentence tells of the other.
mkdir part && printf 'classes: [a, b]\ntest: {images: images, labels: labels}\n' >part/dataset.yaml
printf '\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\1\0\377' >part/images
printf '\0\0\10\1\0\0\0\2\0\1' >part/labels
run data info part
run data sheet part -o part.png
rm part/images
run data info part
