#!/usr/bin/env python3
"""The values that test_measures.c and test_bootstrap.c expect, from other programs than ours.

Debian: apt-get install python3-sklearn r-base-core; then
    /usr/bin/python3 tests/eval/independent.py

Precision, recall, F1, their means, balanced accuracy, top-k, confusion, cross-entropy and the area
under a ROC curve are scikit-learn's; Brier score, calibration error and temperature are written out
here in plain Python; intervals and p-values are R's prop.test, binom.test, dbinom and p.adjust. The
bootstrap is written out as the book has it, image by image: its random numbers are others than ours,
so the intervals agree as two runs of Python's do.
"""
import math
import random
import struct
import subprocess

from sklearn import metrics

N, CLASSES, BINS, TEMPERATURE = 500, 6, 15, 1.5


def draws():
    x = 1
    while True:
        x = (x * 1664525 + 1013904223) % 2 ** 32
        yield x >> 8


def answers():
    """The same images as in test_measures.c: class 5 has none, and class 4 is never answered."""
    draw, logits, labels = draws(), [], []
    for _ in range(N):
        labels.append(next(draw) % 5)
        row = [next(draw) / 2 ** 21 - 4 for _ in range(CLASSES)]
        if next(draw) % 4:
            row[labels[-1]] += 3
        row[4] -= 20
        row[5] -= 8
        logits.append([struct.unpack('f', struct.pack('f', v))[0] for v in row])
    return logits, labels


def softmax(row):
    weights = [math.exp((v - max(row)) / TEMPERATURE) for v in row]
    return [w / math.fsum(weights) for w in weights]


def calibration_error(probabilities, labels):
    error = 0
    for b in range(BINS):
        inside = [(max(p), p.index(max(p)) == t) for p, t in zip(probabilities, labels)
                  if b / BINS < max(p) <= (b + 1) / BINS]
        error += abs(math.fsum(c for c, _ in inside) - sum(r for _, r in inside)) / N
    return error


def bootstrap(n, fixed, broken, seed, resamples=2000):
    """Every resample draws n of n images, each -1, 0 or +1: a percentile interval."""
    draw = random.Random(seed)
    images = [-1] * fixed + [1] * broken + [0] * (n - fixed - broken)
    sums = sorted(sum(draw.choices(images, k=n)) for _ in range(resamples))
    tail = resamples // 40
    return sums[tail - 1] / n, sums[resamples - tail] / n


def temperature(logits, labels):
    """Where the loss's slope by 1/T is 0, by bisection."""
    low, high = 1e-3, 1e3
    for _ in range(200):
        b, slope = math.sqrt(low * high), []
        for row, t in zip(logits, labels):
            weights = [math.exp(b * (v - max(row))) for v in row]
            slope.append(math.fsum(w * v for w, v in zip(weights, row)) / math.fsum(weights) - row[t])
        low, high = (low, b) if math.fsum(slope) > 0 else (b, high)
    return 1 / low


def samples():
    """Scores with many equals, as in test_measures.c."""
    draw, out = draws(), []
    for _ in range(N):
        positive = next(draw) % 3 == 0
        out.append((next(draw) % 40 + (8 if positive else 0), positive))
    return out


def r(expression):
    out = subprocess.run(['Rscript', '-e', 'cat(format(%s, digits=17))' % expression],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    return out.strip()


def main():
    logits, labels = answers()
    probabilities = [softmax(row) for row in logits]
    found = [row.index(max(row)) for row in logits]
    print('confusion', metrics.confusion_matrix(labels, found, labels=range(CLASSES)).tolist())
    for row in zip(*metrics.precision_recall_fscore_support(labels, found, zero_division=0,
                                                            labels=range(CLASSES))):
        print('class %.17g %.17g %.17g %d' % row)
    for kind in 'macro', 'weighted':
        print(kind, '%.17g %.17g %.17g' % metrics.precision_recall_fscore_support(
            labels, found, zero_division=0, average=kind)[:3])
    print('balanced %.17g' % metrics.balanced_accuracy_score(labels, found))
    for k in range(1, CLASSES + 1):
        print('top', k, '%.17g' % metrics.top_k_accuracy_score(labels, logits, k=k,
                                                               labels=range(CLASSES)))
    print('loss %.17g' % metrics.log_loss(labels, probabilities, labels=range(CLASSES)))
    print('brier %.17g' % (math.fsum((p - (k == t)) ** 2 for row, t in zip(probabilities, labels)
                                     for k, p in enumerate(row)) / N))
    print('ece %.17g' % calibration_error(probabilities, labels))
    t = temperature(logits, labels)
    weights = [[math.exp((v - max(row)) / t) for v in row] for row in logits]
    print('temperature %.17g, loss %.17g' % (t, metrics.log_loss(
        labels, [[w / math.fsum(row) for w in row] for row in weights], labels=range(CLASSES))))
    print('auroc %.17g' % metrics.roc_auc_score([p for _, p in samples()], [s for s, _ in samples()]))
    for k, n in (0, 10), (3, 10), (9965, 10000), (116323, 116323), (1, 1):
        print('wilson', k, n, r('prop.test(%d,%d,correct=FALSE)$conf.int' % (k, n)))
    for k, n, p in (3, 10, .5), (40, 100, .3), (20, 100, .3), (4, 9600, .001), (300, 100000, .0035):
        print('at most', k, n, p, r('pbinom(%d,%d,%g)' % (k, n, p)))
    for k, n in (0, 2995), (4, 9600), (45, 57600), (3, 10), (99, 100):
        print('upper', k, n, r('binom.test(%d,%d,alternative="less")$conf.int[2]' % (k, n)))
    for b, c in (10, 3), (0, 6), (25, 25), (400, 345), (1, 0), (31, 12), (383, 456):
        print('mcnemar', b, c, r('binom.test(%d,%d)$p.value' % (b, b + c)))
    for k, n, p in (3, 10, .5), (0, 10, .25), (10, 10, .75), (43, 10000, .0043), (31, 43, .7):
        print('exactly', k, n, p, r('dbinom(%d,%d,%g)' % (k, n, p)))
    print('holm', r('p.adjust(c(0.01,0.04,0.03,0.005,0.03,0.9,0.4,0),"holm")'))
    for n, fixed, broken in (100, 12, 3), (1000, 30, 30), (2000, 31, 12), (50, 5, 0):
        print('bootstrap', n, fixed, broken,
              [bootstrap(n, fixed, broken, seed) for seed in range(3)])


main()
