#!/usr/bin/env python3
"""Counts single tests over all test programs of a meson run.

usage: count-tests.py BUILD/meson-logs/testlog.json

cmocka's programs say how many of their tests passed, failed and were skipped; any other program counts as one test. A
program that ends badly counts as at least one failure, whatever it printed. Exit status 1 where anything failed or nothing ran.
"""
import json
import re
import sys


def count(entry):
    text = entry.get('stdout', '') + '\n' + entry.get('stderr', '')
    said = {word: sum(int(n) for n in re.findall(r'\[ +%s *\] (\d+) test\(s\)' % word, text))
            for word in ('PASSED', 'FAILED', 'SKIPPED')}
    passed, failed, skipped = said['PASSED'], said['FAILED'], said['SKIPPED']
    good = entry['result'] in ('OK', 'EXPECTEDFAIL')
    if entry['result'] == 'SKIP':
        return 0, 0, 1
    if not good:
        return passed, max(failed, 1), skipped
    return (passed, failed, skipped) if passed + failed + skipped else (1, 0, 0)


def main():
    with open(sys.argv[1], encoding='utf-8') as log:
        counts = [count(json.loads(line)) for line in log if line.strip()]
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed else 0


sys.exit(main())
