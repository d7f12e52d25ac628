#!/usr/bin/env python3
"""Procedures that find a threshold with an error rate of at most E among the accepted, by simulation:
what docs/evaluation.md compares. Not run by the tests.

Debian: apt-get install python3-scipy; then
    /usr/bin/python3 tests/eval/compare_rejections.py [TRIALS]
"""
import math
import sys

import numpy
from scipy.stats import binom

E, DELTA = 0.001, 0.05
random = numpy.random.default_rng(1)

# Of images whose confidence is among the first part u of all, sum of mass * u^power are wrong.
KINDS = [
    ('99.7 %, 1 in 30 errors is confident', [(.0001, 1), (.0029, 50)]),
    ('99.7 %, a tenth is confident', [(.0003, 1), (.0027, 100)]),
    ('99.7 %, a fifth is confident', [(.0006, 1), (.0024, 60)]),
    ('99.7 %, half is confident', [(.0015, 1), (.0015, 100)]),
    ('99.75 %, rising slowly', [(.0005, 1), (.002, 12)]),
    ('98 %', [(.0004, 1), (.0196, 6)]),
    ('the same everywhere', [(E * 1.00001, 1)]),
]


def least(errors, delta, n):
    """The least N <= n that proves E with so many errors; None."""
    if binom.cdf(errors, n, E) > delta:
        return None
    low, high = errors, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binom.cdf(errors, middle, E) <= delta else (middle, high)
    return high


tables = {}


def table(delta, n):
    """least() of 0, 1, 2, ... errors, as far as there is one."""
    if (delta, n) not in tables:
        rows = []
        while (at := least(len(rows), delta, n)) is not None:
            rows.append(at)
        tables[delta, n] = rows
    return tables[delta, n]


def walk(wrong, n, rows, start):
    """The most that may be accepted from `start` on; wrong: ranks of wrong answers. 0: nothing."""
    errors = numpy.searchsorted(wrong, start)
    if errors >= len(rows) or start < rows[errors]:
        return 0
    while errors < len(wrong):
        if errors + 1 >= len(rows) or wrong[errors] + 1 < rows[errors + 1]:
            return wrong[errors]
        errors += 1
    return n


def between(wrong, first, end):
    return numpy.searchsorted(wrong, end) - numpy.searchsorted(wrong, first)


def ours(wrong, n, delta=DELTA):
    rows, look = table(delta, n), max(1 / E, n / 20)
    for at in reversed(rows):
        enough = n - at >= .9 / E
        if enough and between(wrong, at, min(at + look, n)) <= max(1, math.floor(look * E / 3)):
            return walk(wrong, n, rows, at)
    return walk(wrong, n, rows, rows[0])


def fixed_start(share):
    return lambda wrong, n: walk(wrong, n, table(DELTA, n),
                                 table(DELTA, n)[round(share * (len(table(DELTA, n)) - 1))])


def fallback(wrong, n):
    """Wiens 2003: 0.8 delta from three quarters of the affordable errors, 0.2 from a quarter."""
    high, low, both = table(.8 * DELTA, n), table(.2 * DELTA, n), table(DELTA, n)
    start = high[round(.75 * (len(high) - 1))]
    found = walk(wrong, n, high, start)
    below = walk(wrong, n, low, low[round(.25 * (len(low) - 1))])
    return max(found, below, walk(wrong, n, both, start) if below >= start else 0)


def halves(wrong, n):
    """One half chooses the threshold of the highest expected yield, the other tests it once."""
    mine = random.random(n) < .5
    ranks = numpy.cumsum(mine) - 1
    half, rows = n - mine.sum(), table(DELTA, n // 2)
    chosen = [ranks[w] for w in wrong if mine[w]] + [mine.sum()]
    best = (0, 0)
    for errors, accepted in enumerate(chosen):
        affordable = numpy.searchsorted(rows, accepted, side='right') - 1
        if accepted >= 10 and affordable >= 0:
            chance = binom.cdf(affordable, accepted, (errors + .5) / accepted)
            best = max(best, (chance * accepted, accepted))
    if not best[1]:
        return 0
    cut = numpy.searchsorted(ranks, best[1])
    accepted = cut - best[1]
    errors = sum(not mine[w] for w in wrong if w < cut)
    return cut if errors < len(rows) and accepted >= rows[errors] else 0


def loosest(wrong, n):
    """The loosest that passes: not valid."""
    rows = table(DELTA, n)
    for errors in range(min(len(wrong), len(rows) - 1), -1, -1):
        at = n if errors == len(wrong) else wrong[errors]
        if at >= rows[errors]:
            return at
    return 0


PROCEDURES = [('ours', ours), ('from 0 errors', fixed_start(0)), ('from half', fixed_start(.5)),
              ('from 3/4', fixed_start(.75)), ('fallback', fallback), ('halves', halves),
              ('loosest (invalid)', loosest)]


def compare(parts, n, trials):
    sums = {name: [0, 0] for name, _ in PROCEDURES}
    for _ in range(trials):
        u = numpy.sort(random.random(n))
        wrong = numpy.flatnonzero(random.random(n) < sum(m * p * u ** (p - 1) for m, p in parts))
        for name, procedure in PROCEDURES:
            accepted = procedure(wrong, n)
            if accepted:
                share = 1 if accepted == n else u[accepted]
                sums[name][0] += share / trials
                sums[name][1] += sum(m * share ** p for m, p in parts) > E * share
    return '  '.join('%5.1f %% %3d' % (100 * sums[name][0], sums[name][1])
                     for name, _ in PROCEDURES)


def main():
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print('mean share accepted, error bounds broken of the trials: ' +
          ', '.join(name for name, _ in PROCEDURES))
    for n, part in (10000, 1), (60000, 4):
        for name, parts in KINDS:
            grid = numpy.linspace(.001, 1, 5000)
            possible = grid[sum(m * grid ** (p - 1) for m, p in parts) <= E]
            print('%-36s n %d, %d trials, possible %.1f %%: %s' % (
                name, n, trials // part, 100 * max(possible, default=0),
                compare(parts, n, trials // part)), flush=True)


main()
