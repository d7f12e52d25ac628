#!/bin/sh
# usage: versus.sh BENCH/VERSUS SCRAWL
#
# bench/versus measures in pairs and gives the ratio of the medians; the peer is left out where it
# is not installed. The figures of so short a run mean nothing, so a goal may be missed.
set -eu
rows=$(python3 "$1" --scrawl "$2" --pairs 3 --seconds 0.02 --only mlp --what single --json \
    2>/dev/null) || [ $? -eq 1 ]
printf '%s' "$rows" | python3 -c '
import json, statistics, sys
rows = json.load(sys.stdin)
assert len(rows) == 1, rows
row = rows[0]
assert (row["what"], row["recipe"], row["unit"], row["goal"]) == ("single", "mlp", "us", 0.4), row
assert len(row["ours"]) == 3 and min(row["ours"]) > 0, row
if row["peer"] is None:
    assert row["theirs"] == [] and row["ratio"] is None and row["reached"] is None, row
    print("ONNX Runtime is not installed (make peers): ours alone")
else:
    assert len(row["theirs"]) == 3 and row["peer"].endswith("1 thread"), row
    ratio = statistics.median(row["ours"]) / statistics.median(row["theirs"])
    assert abs(row["ratio"] - ratio) < 1e-12 and row["reached"] == (ratio <= 0.4), row
'
# What is no program, and a wrong option, are told.
python3 "$1" --scrawl /nonexistent/scrawl 2>/dev/null && exit 1
python3 "$1" --scrawl "$2" --pairs 0 2>/dev/null && exit 1
exit 0
