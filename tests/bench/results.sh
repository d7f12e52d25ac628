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
train\ *--seed\ 3*) echo "no data" >&2; exit 1 ;;
train\ *--seed*) for folder; do [ "$before" = -o ] && break; before=$folder; done
    mkdir -p "$folder"
    seed=$(echo "$*" | sed 's/.*--seed \([0-9]*\).*/\1/')
    printf '{"epochs": 10, "test_accuracy": 0.9%d, "test_errors": %d0, "test_loss": 0.%d,
        "seconds": 75.2}' "$seed" "$seed" "$seed" ;;
train\ *--resume*) echo '{"epochs": 10, "test_accuracy": 0.97, "test_errors": 300, "test_loss": 0.25,
    "seconds": 3.04}' ;;
show*) printf 'trainable parameters   101,770 (1 KB)\nmultiply-adds an image  101,632\n' ;;
esac
END
chmod +x "$place/program"
mkdir -p "$place/runs/mlp-2"

# Seed 2 was interrupted: it goes on.
python3 "$results" mlp --seeds 1..2 --jobs 2 --scrawl "$place/program" --runs "$place/runs" \
    >"$place/table" 2>"$place/said" || fail "status $?: $(cat "$place/said")"
cat >"$place/expected" <<'END'
| `mlp` | 10 | 101,770 | 101,632 | 91.00 %, 97.00 % | 94.00 ± 4.24 % | 10, 300 | 0.1000, 0.2500 | 3.0 s to 1 min 15 s |
END
tail -n 1 "$place/table" | diff "$place/expected" - || fail "another row"
grep -q "^train --resume $place/runs/mlp-2 " "$place/calls" || fail "seed 2 was not resumed"

# What is finished is not trained again, and what fails leaves no row.
: >"$place/calls"
python3 "$results" mlp --seeds 1..2 --scrawl "$place/program" --runs "$place/runs" 2>/dev/null |
    tail -n 1 | diff "$place/expected" - || fail "another row when asked again"
! grep -q ^train "$place/calls" || fail "trained again"
python3 "$results" mlp --seeds 3..3 --scrawl "$place/program" --runs "$place/runs" \
    >"$place/table" 2>"$place/said" && fail "a failure was not told"
grep -q 'exit status 1' "$place/said" || fail "said $(cat "$place/said")"
[ ! -s "$place/table" ] || fail "printed $(cat "$place/table")"

for wrong in nosuch '--seeds 3' '--jobs 0 mlp' ''; do
    # shellcheck disable=SC2086 -- words
    python3 "$results" $wrong 2>/dev/null && fail "took: $wrong"
done
exit 0
