#!/usr/bin/env python3
"""usage: check_sources.py ROOT [KNOWN]

Three limits on the .c and .h files below ROOT/src:

lines: a file has at most 600.
parameters: a function outside src/kernels takes at most 7.
option: no string outside src/cli (nor in ROOT/include) names an option of the program (" --word"):
    the library does not know its caller's command line.

KNOWN lists what is not right yet, a line each: "parameters src/nn/plan.c:plan_create",
"option src/report/card.c". What has been put right must leave the list, so it can only shrink.
"""
import pathlib
import re
import sys

MAX_LINES = 600
MAX_PARAMETERS = 7
TOKENS = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.S)
# Not the variables of a style sheet: "--ink:#222", "var(--ink)".
OPTION = re.compile(r"(?:^|[\s`'\"(])(?<!var\()(--[a-z][a-z-]*)(?![a-z-]|:\S)")
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof"}


def without_text(source):
    """The source without comments, directives and the contents of literals."""
    source = TOKENS.sub(lambda token: '""' if token[0][0] in "\"'" else " ", source)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", source, flags=re.M)


def n_parameters(text):
    """Of "int a, void (*f)(int, int)": 2."""
    while "(" in text:
        shorter = re.sub(r"\([^()]*\)", "", text)
        if shorter == text:
            break
        text = shorter
    return 0 if text.strip() in ("", "void") else text.count(",") + 1


def functions(source):
    """(name, number of parameters) of each function that the source defines."""
    source = without_text(source)
    for match in re.finditer(r"\b(\w+)\s*\(", source):
        end, depth = match.end(), 1
        while depth and end < len(source):
            depth += {"(": 1, ")": -1}.get(source[end], 0)
            end += 1
        if match[1] not in KEYWORDS and re.match(r"\s*\{", source[end:]):
            yield match[1], n_parameters(source[match.end():end - 1])


def strings(source):
    """The string literals; neighbours are one, as for the compiler."""
    text = ""
    last = 0
    for token in TOKENS.finditer(source):
        if token[0][0] == '"':
            if source[last:token.start()].strip():
                yield text
                text = ""
            text += token[0][1:-1]
        if token[0][0] != "/":
            last = token.end()
    yield text


def check(root):
    """{"lines src/a.c": what is wrong}"""
    found = {}
    paths = [path for folder in ("src", "include") for path in (root / folder).rglob("*.[ch]")]
    for path in sorted(paths):
        name = path.relative_to(root).as_posix()
        source = path.read_text()
        n_lines = source.count("\n")
        if n_lines > MAX_LINES:
            found[f"lines {name}"] = f"{n_lines}, expected at most {MAX_LINES}"
        if not name.startswith("src/kernels/"):
            for function, n in functions(source):
                if n > MAX_PARAMETERS:
                    found[f"parameters {name}:{function}"] = (
                        f"{n}, expected at most {MAX_PARAMETERS}")
        if not name.startswith("src/cli/"):
            options = [option for text in strings(source) for option in OPTION.findall(text)]
            if options:
                found[f"option {name}"] = " ".join(options)
    return found, len(paths)


def main():
    root = pathlib.Path(sys.argv[1])
    lines = pathlib.Path(sys.argv[2]).read_text().splitlines() if len(sys.argv) > 2 else []
    known = {line for line in lines if re.match(r"(lines|parameters|option) ", line)}
    found, n_files = check(root)
    if not n_files:
        sys.exit(f"{root}: no source files found")
    for name in sorted(found.keys() - known):
        print(f"{name}: {found[name]}")
    for name in sorted(known - found.keys()):
        print(f"{sys.argv[2]}: this is right by now, remove the line: {name}")
    sys.exit(1 if found.keys() != known else 0)


if __name__ == "__main__":
    main()
