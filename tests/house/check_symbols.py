#!/usr/bin/env python3
"""usage: check_symbols.py circles|homes --source ROOT [--known FILE] [--program DIR] ARCHIVE...

Checks the structure of the house as the linker sees it: nm over the static library of each folder
(.../src/FOLDER/libX.a) and over the objects of the program (DIR/src_cli_FILE.c.o).

circles: no two .c files of a folder need each other, directly or through others.
homes: all functions of a public header are defined, and in one folder.

FILE lists what is not right yet, a line each: "circle cli: eval.c eval_noise.c", "home ensemble.h".
What has been put right must leave the list, so it can only shrink.
"""
import argparse
import pathlib
import re
import subprocess
import sys


def folder_of(path):
    """'data' for build/src/data/libdata.a, 'cli' for scrawl.p/src_cli_bar.c.o"""
    program = re.match(r"src_([a-z0-9]+)_", path.name)
    return program[1] if program else re.search(r"(?:.*/|^)src/([a-z0-9]+)/", str(path))[1]


def source_of(member):
    """'csv.c' for src/data/libdata.a.p/csv.c.o, 'x86/conv.c' for a member of libkernels_avx2.a.p: a
    source that is built for two instruction sets counts once."""
    member = re.sub(r"^src_[a-z0-9]+_", "", member)
    return re.sub(r"^.*\bsrc/[a-z0-9]+/|lib[^/]*\.p/", "", member).removesuffix(".o")


def read_symbols(paths):
    """{folder: {source: (symbols that it defines, symbols that it needs)}}"""
    house = {}
    for path in map(pathlib.Path, paths):
        sources = house.setdefault(folder_of(path), {})
        symbols = None
        if path.suffix == ".o":
            symbols = sources.setdefault(source_of(path.name), (set(), set()))
        listed = subprocess.run(["nm", "-g", path], capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            words = line.split()
            if line.endswith(":"):
                symbols = sources.setdefault(source_of(line[:-1]), (set(), set()))
            elif len(words) >= 2:
                symbols[words[-2] in "Uw"].add(words[-1])
    return house


def needs_of(sources):
    """{source: {another source of the folder: a symbol of it that the first one uses}}"""
    owner = {symbol: name for name, (defined, _) in sources.items() for symbol in defined}
    needs = {}
    for name, (_, needed) in sources.items():
        needs[name] = {owner[symbol]: symbol for symbol in sorted(needed, reverse=True)
                       if owner.get(symbol, name) != name}
    return needs


def reachable(needs, start):
    found, waiting = set(), [start]
    while waiting:
        for name in needs[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def find_circles(house):
    """{"cli: eval.c eval_noise.c": lines that explain}"""
    found = {}
    for folder, sources in house.items():
        needs = needs_of(sources)
        below = {name: reachable(needs, name) for name in needs}
        for name in needs:
            ring = sorted(other for other in below[name] if name in below[other])
            if ring:
                found[f"{folder}: {' '.join(ring)}"] = [
                    f"{a} needs {b} for {needs[a][b]}" for a in ring for b in needs[a] if b in ring]
    return found


def find_homes(house, headers):
    """{"image.h": lines that explain} for each header that does not belong to exactly one folder"""
    owner = {symbol: folder for folder, sources in house.items()
             for defined, _ in sources.values() for symbol in defined}
    found = {}
    for header in headers:
        text = re.sub(r"/\*.*?\*/|^\s*#.*?(?<!\\)$", "", header.read_text(), flags=re.S | re.M)
        folders = {}
        for name in re.findall(r"\b(scrawl_\w+)\s*\(", text):
            folders.setdefault(owner.get(name, "no folder"), []).append(name)
        if len(folders) > 1 or "no folder" in folders:
            found[header.name] = [f"{folder} defines {', '.join(names)}"
                                  for folder, names in sorted(folders.items())]
    return found


def read_known(path, kind):
    lines = path.read_text().splitlines() if path else []
    return {line.removeprefix(kind + " ") for line in lines if line.startswith(kind + " ")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("check", choices=["circles", "homes"])
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--known", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("archives", nargs="*")
    given = parser.parse_intermixed_args()
    # By their sources: an old object of a source that has been removed may still lie there.
    program = [given.program / f"src_cli_{source.name}.o"
               for source in (given.source / "src/cli").glob("*.c")] if given.program else []
    house = read_symbols(given.archives + program)
    headers = sorted((given.source / "include/scrawl").glob("*.h"))
    if not any(defined for sources in house.values() for defined, _ in sources.values()):
        sys.exit("no symbols found")
    if given.check == "homes" and not headers:
        sys.exit("no public headers found")

    kind = given.check.removesuffix("s")
    found = find_circles(house) if kind == "circle" else find_homes(house, headers)
    known = read_known(given.known, kind)
    for name in sorted(found.keys() - known):
        print(f"{kind} {name}", *found[name], sep="\n    ")
    for name in sorted(known - found.keys()):
        print(f"{given.known}: this is right by now, remove the line: {kind} {name}")
    sys.exit(1 if found.keys() != known else 0)


if __name__ == "__main__":
    main()
