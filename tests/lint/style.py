#!/usr/bin/env python3
"""Checks what a script can see of our style: length of files and functions, names, words that mean "not done"."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["base", "conf", "store", "hub", "api", "bridges", "scripts", "images"]
FILE_MAX, FUNCTION_MAX = 600, 60
BANNED_NAMES = {"util", "utils", "common", "misc", "helper", "helpers", "manager"}
BANNED_CALLS = re.compile(r"\b(strcpy|strcat|sprintf|gets|strncpy|strncat|atoi|system|popen)\s*\(")
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Exceptions, each with its reason.
EXCEPTIONS = {
    "base/crash.c": "atoi reads a number the tests give",
    "main.c": "strcat joins its own path and a literal, room kept",
}


def functions(text):
    """(name, first line, length) of each function: from a line that begins with { to the next that begins with }."""
    start, name = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"^[A-Za-z_].*?(\w+)\(", line)
        if head:
            name = head.group(1)
        if line == "{":
            start = number
        elif line == "}" and start:
            yield name, start, number - start
            start = None


def check(file, errors):
    name = str(file.relative_to(ROOT))
    text = file.read_text()
    lines = text.count("\n")
    if file.suffix in (".c", ".h") and lines > FILE_MAX:
        errors.append(f"{name} has {lines} lines, more than {FILE_MAX}")
    if file.stem in BANNED_NAMES:
        errors.append(f"{name} is a name that says nothing")
    for found, line, length in functions(text):
        if length > FUNCTION_MAX:
            errors.append(f"{name}:{line} {found} has {length} lines, more than {FUNCTION_MAX}")
    for number, line in enumerate(text.splitlines(), 1):
        if UNDONE.search(line):
            errors.append(f"{name}:{number} is not done: {line.strip()[:80]}")
        if BANNED_CALLS.search(line) and name not in EXCEPTIONS:
            errors.append(f"{name}:{number} calls what is banned: {line.strip()[:80]}")


def unused_statements(texts):
    """Statements that no code names."""
    named = set(re.findall(r"\bST_(\w+)", "\n".join(texts)))
    table = (ROOT / "store/statements.def").read_text()
    return [name for name in re.findall(r"^STATEMENT2?\((\w+),", table, re.M) if name not in named]


def main():
    errors = []
    files = [f for d in FOLDERS for f in (ROOT / d).rglob("*.[ch]")] + [ROOT / "main.c"]
    for file in files:
        check(file, errors)
    texts = [file.read_text() for file in files] + [f.read_text() for f in (ROOT / "tests/unit").rglob("*.c")]
    errors += [f"store/statements.def: {name} is used by nobody" for name in unused_statements(texts)]
    for e in errors:
        print("FAIL", e)
    if not errors:
        print(f"ok the style of {len(files)} files")
    return 1 if errors else 0


sys.exit(main())
