# The pen writes well enough to be learnt: a plain network reads over 97 % of digits it has not seen.
quietly train mlp --data pen --epochs 5 -o runs/pen --quiet
quietly eval runs/pen --data pen:test --json
json '0.n = 4000' '0.accuracy > 0.97'
