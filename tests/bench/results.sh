#!/bin/sh
# usage: results.sh BENCH/RESULTS SCRAWL
#
# bench/results names commands that the program takes, trains what is missing, and gives what the
# program said. A stand-in plays the program's part: trainings of real data would take minutes.
set -eu
results=$1 scrawl=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

fail() { echo "$*" >&2; exit 1; }

# Every recipe that a row trains is inside the program.
python3 "$results" --list >"$place/list"
sed -n 's/.*: scrawl train \([^ ]*\) .*/\1/p' "$place/list" | sort -u >"$place/recipes"
[ "$(wc -l <"$place/recipes")" -ge 10 ] || fail "few recipes: $(cat "$place/recipes")"
while read -r recipe; do
    "$scrawl" show "$recipe" >/dev/null || fail "no recipe $recipe"
done <"$place/recipes"

cat >"$place/program" <<'END'
#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
case "$1 $*" in
train\ *mlp\ --seed\ 3*) echo "no data" >&2; exit 1 ;;
train\ *mlp\ --seed\ 4*) echo 'nothing of JSON' ;;
train\ *mlp\ --seed\ 5*) echo '{"epochs": 10, "test_accuracy": null}' ;;
train\ *mlp\ --seed\ 6*) echo '[]' ;;
train\ *--seed*) for folder; do [ "$before" = -o ] && break; before=$folder; done
    mkdir -p "$folder"
    seed=$(echo "$*" | sed 's/.*--seed \([0-9]*\).*/\1/')
    printf '{"epochs": 10, "test_accuracy": 0.9%d, "test_errors": %d0, "test_loss": 0.%d,
        "seconds": 75.2}' "$seed" "$seed" "$seed" ;;
train\ *--resume*) echo '{"epochs": 10, "test_accuracy": 0.97, "test_errors": 300,
    "test_loss": 0.25, "seconds": 3.04}' ;;
ensemble*) touch "${*##* }" ;;
eval*) echo '[{"accuracy": 0.9985, "errors": 15, "loss": 0.0051}]' ;;
show*) printf 'trainable parameters   101,770 (1 KB)\nmultiply-adds an image  101,632\n' ;;
esac
END
chmod +x "$place/program"
mkdir -p "$place/runs/mlp-1" "$place/runs/mlp-2/checkpoint"
touch "$place/runs/mlp-2/checkpoint/state.safetensors"

# Seed 2 was interrupted: it goes on. Of seed 1 there is no more than a folder: it begins.
python3 "$results" mlp --seeds 1..2 --jobs 2 --scrawl "$place/program" --runs "$place/runs" \
    >"$place/table" 2>"$place/said" || fail "status $?: $(cat "$place/said")"
printf '%s' '| `mlp` | 10 | 101,770 | 101,632 | 91.00 %, 97.00 % | 94.00 ± 4.24 % | 10, 300 ' \
    '| 0.1000, 0.2500 | 3.0 s to 1 min 15 s |
' >"$place/expected"
tail -n 1 "$place/table" | diff "$place/expected" - || fail "another row"
grep -q "^train --resume $place/runs/mlp-2 " "$place/calls" || fail "seed 2 was not resumed"

# What is finished is not trained again, and what fails leaves no row.
: >"$place/calls"
python3 "$results" mlp --seeds 1..2 --scrawl "$place/program" --runs "$place/runs" 2>/dev/null |
    tail -n 1 | diff "$place/expected" - || fail "another row when asked again"
! grep -q ^train "$place/calls" || fail "trained again"
mkdir "$place/other"
echo 'name: other' >"$place/other/mlp.yaml"
python3 "$results" mlp --seeds 1..1 --scrawl "$place/program" --runs "$place/runs" \
    --recipes "$place/other" >"$place/table" 2>"$place/said" &&
    fail "a row of another recipe: $(cat "$place/table")"
grep -q "mlp-1/result.json: recipe mlp, or its command, has changed since" "$place/said" ||
    fail "said $(cat "$place/said")"
python3 "$results" mlp --seeds 3..3 --scrawl "$place/program" --runs "$place/runs" \
    >"$place/table" 2>"$place/said" && fail "a failure was not told"
grep -q 'exit status 1' "$place/said" || fail "said $(cat "$place/said")"
[ ! -s "$place/table" ] || fail "printed $(cat "$place/table")"

# Where the wall time is the point, what was interrupted begins anew.
mkdir -p "$place/runs/speedrun-1-1/checkpoint"
touch "$place/runs/speedrun-1-1/checkpoint/state.safetensors"
: >"$place/calls"
python3 "$results" speedrun-1 --seeds 1..1 --scrawl "$place/program" --runs "$place/runs" \
    >"$place/table" 2>"$place/said" || fail "status $?: $(cat "$place/said")"
grep -q "^train speedrun --seed 1 .* --force " "$place/calls" || fail "called $(cat "$place/calls")"

# Members are trained where they are missing, chosen by the program, and evaluated once together.
: >"$place/calls"
python3 "$results" ensemble --jobs 2 --scrawl "$place/program" --runs "$place/runs" \
    >"$place/table" 2>"$place/said" || fail "status $?: $(cat "$place/said")"
tail -n 1 "$place/table" | grep -qx '| `ensemble` | 5 of 8 | 99.85 % | 15 | 0.0051 |' ||
    fail "another row: $(cat "$place/table")"
[ "$(grep -c '^train \(best\|resnet\) ' "$place/calls")" = 8 ] || fail "not 8 trained"
grep -q "^ensemble $place/runs/best-1 .* --select 5 -o $place/runs/ensemble.safetensors$" \
    "$place/calls" || fail "called $(cat "$place/calls")"
grep -qx "eval $place/runs/ensemble.safetensors --json" "$place/calls" || fail "evaluated otherwise"

# One sentence for what is no result, from the program or from a file, and for wrong words.
refuse() {
    expected=$1; shift
    python3 "$results" "$@" >/dev/null 2>"$place/said" && fail "took: $*"
    ! grep -q Traceback "$place/said" || fail "$*: $(cat "$place/said")"
    grep -q -e "$expected" "$place/said" || fail "$*: said $(cat "$place/said"), not $expected"
}
for seed in 7 8; do mkdir "$place/runs/mlp-$seed"; done
echo '{"epochs":' >"$place/runs/mlp-7/result.json"
echo '{"epochs": 10, "test_accuracy": 0.9}' >"$place/runs/mlp-8/result.json"
stand_in="--scrawl $place/program --runs $place/runs"
# shellcheck disable=SC2086 # words
{
    refuse '--seed 4 .*: no JSON' mlp --seeds 4..4 $stand_in
    refuse 'expected a number as "test_accuracy", found null' mlp --seeds 5..5 $stand_in
    refuse 'expected a number as "epochs"' mlp --seeds 6..6 $stand_in
    refuse 'mlp-7/result.json: no JSON' mlp --seeds 7..7 $stand_in
    refuse 'mlp-8/result.json: expected a number as "test_errors"' mlp --seeds 8..8 $stand_in
}
refuse 'File exists' mlp --scrawl "$place/program" --runs "$place/calls"
refuse 'no such program; run make first' mlp --scrawl "$place/nothing" --runs "$place/runs"
refuse 'no such row' nosuch
refuse 'expected A..B, A at most B, found 3$' mlp --seeds 3
refuse 'expected A..B, A at most B, found 2..1$' mlp --seeds 2..1
refuse 'are positive' --jobs 0 mlp
refuse 'which rows'
exit 0
