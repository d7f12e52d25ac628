# Corrupted and denoised images: what is asked for wrongly, the tables, and a picture with specks.
run data corruptions
run eval digits --noise gausian=0.2
run eval digits --noise gaussian=3
run eval digits --noise spatter=2.5
run eval digits --noise salt,
run eval digits --noise fog --clean thresold
run eval digits --clean threshold=3
run eval digits --corruptions --noise fog
run eval digits --baseline digits
run eval digits --noise fog --save-logits x.npy
run eval digits --corruptions --record
run predict x.png --clean adaptive=2
run data sheet pen --noise fogg
filter 's/[0-9.]+ %/PART/g; s/( +[+-]?[0-9,]*){2} +[0-9]+\.[0-9]{4}$/ .../'
filter 's/^([a-z-]+)( +[0-9.]+){6}( +PART)?$/\1 SIX ERRORS\3/; s/^(mean.*error) +PART/\1 PART/'
for digit in 0 1 2 3 4 5 6 7 8 9; do
    quietly data draw $digit$digit$digit$digit$digit$digit$digit$digit$digit$digit \
        -o own/$digit --size 40 --seed 1$digit
done
quietly train mlp --data own:all --epochs 20 -o run --quiet --set data.test=none
quietly train mlp --data own:all --epochs 3 -o base --quiet --set data.test=none
run eval run --data own:all --noise lines --noise salt=0.1,blur=0.6 --clean despeckle=4
run eval run --data own:all --corruptions --baseline base
run eval run --data own:all --corruptions
# The same for a program.
quietly eval run --data own:all --data own:test --noise brightness=0.4,lines=2 --clean threshold --json
json '. size 8' '0.data = "own"' '0.noise is null' '0.clean is null' '1.clean = "threshold"' \
    '1.noise is null' '2.noise = "brightness=0.4,lines=2"' '2.clean is null' \
    '3.noise = "brightness=0.4,lines=2"' '3.clean = "threshold"' '3.corruption is null' \
    '3.strength is null' '3.seed = 1' '0.n = 100' '0.errors < 20' '2.errors > 20' '4.n = 20' \
    '0.classes size 10' '2.model = "run"'
cp "$place/out" one
quietly eval run --data own:all --data own:test --noise brightness=0.4,lines=2 --clean threshold --json \
    --threads 1 --seed 1
cmp one "$place/out" && say "the same bytes on one thread"
quietly eval run --data own:all --data own:test --noise brightness=0.4,lines=2 --clean threshold --json \
    --seed 2
cmp -s one "$place/out" || say "others with another seed"
quietly eval run --data own:all --corruptions --json
json '. size 1' '0.data = "own"' '0.corruptions size 15' '0.corruptions.10.corruption = "fog"' \
    '0.corruptions.10.strengths.4 = 0.9' '0.corruptions.10.errors size 5' \
    '0.corruptions.10.baseline_errors is null' '0.corruptions.10.corruption_error is null' \
    '0.mean_error > 0.1' '0.mean_error < 1' '0.mean_corruption_error is null' '0.error < 0.2' \
    '0.evaluations size 76' '0.evaluations.0.noise is null' '0.evaluations.75.strength = 5' \
    '0.evaluations.75.noise = "canny-edges=1"' '0.evaluations.75.corruption = "canny-edges"' \
    '0.evaluations.7.noise = "impulse-noise=0.06"' '0.evaluations.75.confusion_matrix size 10'
quietly eval run --data own:all --corruptions --baseline run --json
json '0.baseline = "run"' '0.mean_corruption_error = 1' '0.corruptions.3.corruption_error = 1' \
    '0.corruptions.3.baseline_errors size 5'
# A sheet of corrupted images is the same every time, and another than that of the denoised ones.
run data sheet own:all --noise zigzag,spatter -o a.png --columns 4
quietly data sheet own:all --noise zigzag,spatter -o b.png --columns 4
quietly data sheet own:all --noise zigzag,spatter --clean despeckle=9 -o c.png --columns 4
cmp a.png b.png && say "the same sheet"
cmp -s a.png c.png || say "another sheet"
# A one among specks as large as its dot would be: without them it is read as it was drawn.
awk 'BEGIN {
    print "P2 60 60 255"
    for (y = 0; y < 60; y++)
        for (x = 0; x < 60; x++) {
            one = x >= 28 && x < 32 && y >= 15 && y < 45
            speck = x % 12 < 3 && y % 12 < 3 && (x < 24 || x > 36)
            print (one || speck ? 40 : 220) + (x + y) % 2
        }
}' >specks.pgm
awk 'BEGIN {
    print "P2 60 60 255"
    for (y = 0; y < 60; y++)
        for (x = 0; x < 60; x++)
            print (x >= 28 && x < 32 && y >= 15 && y < 45) ? 40 : 220
}' >clean.pgm
filter 's/>?[0-9.]+ PART|PART/P/g'
run predict clean.pgm --model run --clean threshold
run predict specks.pgm --model run --clean threshold,despeckle=10
quietly predict specks.pgm --model run --json
json '0.label != "1"'
