# Which model is better, on which images, and how sure that is. Zeros and ones are told apart without
# an error, and one model has learned them the wrong way round: so every count is known.
filter 's/(known: ).*/\1.../; s/(no such model file).*/\1 .../'
draw() { # FOLDER CLASS DIGIT COUNT SEED
    mkdir -p "$1/$2"
    text=$(i=0; while [ $i -lt "$4" ]; do printf %s "$3"; i=$((i + 1)); done)
    "$scrawl" data draw "$text" -o "$1/$2" --size 40 --seed "$5" >"$place/out"
}
draw own 0 0 200 1
draw own 1 1 200 2
draw swapped 0 1 200 2
draw swapped 1 0 200 1
draw fresh 0 0 50 3
draw fresh 1 1 50 4
draw mixed 0 0 30 5
draw mixed 1 1 20 6
draw mixed 1 0 10 7
quietly show mlp --yaml
sed 's/units: 10/units: 2/; s/units: 128/units: 16/; s/epochs: .*/epochs: 20/' "$place/out" >two.yaml
quietly train two.yaml --data own --quiet -o runs/good
quietly train two.yaml --data swapped --quiet -o runs/swapped
quietly train two.yaml --data own --quiet -o runs/again --seed 2
quietly export runs/good --to safetensors --half -o half.safetensors

say; say "# a table, the winner, and every model against the first"
run compare runs/good runs/swapped runs/again --data fresh:all --data mixed:all
run compare runs/swapped runs/good --data mixed:all --data mixed+fresh+own+swapped+fresh:all --data fresh:all --tta cross
run compare runs/good
run compare runs/good half.safetensors --data fresh:all

say; say "# what a model was trained on"
run compare runs/good runs/swapped --data own:train
run compare runs/good runs/swapped --data own+fresh:all --quiet

say; say "# for programs"
quietly compare runs/good runs/swapped half.safetensors --data fresh:all --data mixed:all --data own:train --json
json '. size 4' 'data size 3' 'data.0.data = "fresh:all"' 'data.0.split = "all"' 'data.0.n = 100' 'data.0.sha256 is string' \
    'models size 3' 'models.1.model = "runs/swapped"' 'models.1.name = "mlp"' 'models.1.errors size 3' \
    'models.1.errors.1.data = "mixed:all"' 'models.1.errors.1.n = 60' 'models.1.errors.1.errors = 50' \
    'models.1.errors.1.error > 0.83333' 'models.1.errors.1.leakage is null' 'models.0.errors.2.leakage = "same"' \
    'models.1.worst = 1' 'models.1.range > 0.16666' 'models.1.range < 0.16667' 'models.1.mean is number' 'models.1.parameters = 12594' \
    'winner = "runs/good"' 'comparisons size 6' 'comparisons.1.model = "runs/swapped"' \
    'comparisons.1.against = "runs/good"' 'comparisons.1.data = "mixed:all"' 'comparisons.1.fixed = 10' \
    'comparisons.1.broken = 50' 'comparisons.1.p < 0.000001' 'comparisons.1.p_holm < 0.000001' \
    'comparisons.1.difference > 0.66666' 'comparisons.1.interval size 2' 'comparisons.1.interval.0 > 0.3' \
    'comparisons.1.interval.1 < 1' 'comparisons.1.fixed_images = [30,31,32,33,34,35,36,37,38,39]' \
    'comparisons.1.broken_images size 50' 'comparisons.5.fixed_images = []' 'comparisons.5.p_holm = 1'
cp "$place/out" three
quietly compare runs/good runs/swapped half.safetensors --data fresh:all --data mixed:all --data own:train --json --threads 1
cmp three "$place/out" && say "the same on one thread"

say; say "# conditions"
run compare runs/good runs/swapped --data fresh:all --data mixed:all --require 'worst<=0.2' --require 'range <= 20 %' --require 'error(mixed:all)>=0.1' --require 'accuracy>0.8' --quiet
quietly compare runs/good runs/swapped --data fresh:all --data mixed:all --require 'worst<0.1' --require 'range<=1' --require 'accuracy(mixed:all)>=90%' --copy-winner no.safetensors
show "$place/err"
quietly compare runs/good runs/swapped --data fresh:all --data mixed:all --no-regression --copy-winner no.safetensors
show "$place/err"
quietly compare runs/good runs/swapped runs/again --data fresh:all --no-regression --copy-winner winner.safetensors
cmp winner.safetensors runs/good/model.safetensors && say "the winner's bytes"
quietly compare runs/swapped half.safetensors --data fresh:all --no-regression --copy-winner winner.safetensors
cmp winner.safetensors half.safetensors && say "the winner's bytes"
quietly compare digits --data fresh:all --copy-winner winner.safetensors
quietly export digits --to safetensors -o digits.safetensors
cmp winner.safetensors digits.safetensors && say "the winner's bytes"
ls no.safetensors 2>/dev/null
for expression in '' worst 'best<1' 'worst<=1.5' 'error<0.1' 'error(own)<0.1' 'worst(fresh:all)<0.1' 'error(fresh:all<0.1'; do
    run compare runs/good --data fresh:all --require "$expression"
done

say; say "# charts"
if command -v gnuplot >/dev/null; then
    for chart in chart.svg chart.PNG; do
        "$scrawl" compare runs/good runs/swapped --data fresh:all --data mixed:all --plot $chart >"$place/out" &&
            [ -s $chart ] || say "no $chart"
    done
    [ ! -e chart.tsv ] || say "a table that nobody needs"
    "$scrawl" compare runs/good --plot missing/chart.svg >"$place/out" 2>"$place/err" && say "no failure"
    grep -q '^scrawl: missing/chart.svg: cannot create' "$place/err" || show "$place/err"
fi
mkdir bin
say '$ PATH=bin scrawl compare runs/good runs/swapped --data fresh:all --data mixed:all --plot bars.svg'
PATH=$place/work/bin "$scrawl" compare runs/good runs/swapped --data fresh:all --data mixed:all --plot bars.svg >"$place/out" 2>"$place/err"
say "exit $?"
show "$place/err"
show bars.tsv

say; say "# names that are long, and the same but for their ends"
mkdir -p models/that-were-trained/in-the-month-of-november && cp -r runs/good runs/swapped models/that-were-trained/in-the-month-of-november
run compare models/that-were-trained/in-the-month-of-november/* --data fresh:all --data fresh/../fresh/../fresh/../fresh:train

say; say "# what cannot be"
run compare
run compare runs/good nothing --data fresh
run compare runs/good --data nothing
run compare runs/good --data fresh --data fresh:test
run compare runs/good --data fresh:some
run compare runs/good digits --data fresh
run compare runs/good --data pen
run compare runs/good --no-regression
run compare runs/good --plot chart.gif
run compare runs/good --tta circle
run compare runs/good --require
run compare runs/good --copy-winner missing/x
mkdir hollow && run compare runs/good --data hollow
cp runs/good/model.safetensors unknown.safetensors
sed -i 's/"name\\":\\"own/"nome\\":\\"own/' unknown.safetensors
run compare unknown.safetensors
