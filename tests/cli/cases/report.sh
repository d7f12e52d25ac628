# One page of a run and of a sweep, with and without its data.
quietly train mlp --data pen --epochs 2 -o run --quiet --threads 1
run report run
say "$(cd run/report && ls | tr '\n' ' ')"
say "$(python3 "$cases/../../report/check_page.py" run/report/index.html | sed 's/, [0-9]* pictures//')"
run report run/ -o page.html --data pen:train --quiet
say "$(grep -o 'On pen:[a-z]*' page.html)"
quietly report run -o - --quiet
say "$(head -1 "$place/out")"
quietly train mlp --data pen --epochs 1 --seeds 1..2 --sweep train.batch=32,64 -o sweep --quiet --threads 1
run report sweep
say "$(python3 "$cases/../../report/check_page.py" sweep/report/index.html)"

say; say "# a run that has only begun, one whose data are gone, no gnuplot"
mkdir begun && cp run/recipe.yaml begun
run report begun
quietly data draw 00000000000000000000 -o own/0 --size 40
quietly data draw 11111111111111111111 -o own/1 --size 40
quietly train mlp --data own --epochs 1 -o ours --quiet --set 'network.layers[3].dense.units=2'
rm -r own
say '$ PATH= scrawl report ours'
(PATH=$place/none; "$scrawl" report ours) >"$place/out" 2>"$place/err"
show "$place/out" "$place/err"

say; say "# what is refused"
run report
run report run sweep
run report nowhere
run report begun/recipe.yaml
run report run --data nothing
run report run -o missing/page.html
cp run/model.safetensors before
run report run -o run/model.safetensors
say "$(cmp before run/model.safetensors && echo 'the model is still there')"
run report sweep --data pen
printf '{"epoch":1}\nrubbish\n' >begun/metrics.jsonl
run report begun
