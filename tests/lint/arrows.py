#!/usr/bin/env python3
"""Checks that the #include lines follow the arrows: who may include whom (README, "The tree")."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAY = {
    "base": set(),
    "conf": {"base"},
    "store": {"base"},
    "hub": {"base", "conf", "store"},
    "api": {"base", "conf", "store", "hub"},
    "bridges": {"base"},
    "scripts": {"base", "bridges/edge"},
    "images": set(),
}
ONLY_IN = {  # a foreign header and the files that may know it
    "libwebsockets.h": r"api/server\w*\.[ch]",
    "sqlite3.h": r"store/\w+\.[ch]",
    "libpq-fe.h": r"store/\w+\.[ch]",
    "lua.h": r"scripts/.*",
    "lauxlib.h": r"scripts/.*",
    "lualib.h": r"scripts/.*",
    "curl/curl.h": r"base/(http_client\w*|mail|url)\.c",
    "vips/vips.h": r"images/.*",
    "argon2.h": r"hub/people\.c",
}


def folder_of(path):
    return path.split("/")[0]


def check(file, errors):
    name = str(file.relative_to(ROOT))
    home = folder_of(name)
    for number, line in enumerate(file.read_text().splitlines(), 1):
        found = re.match(r'\s*#include\s+([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        target = found.group(2)
        if found.group(1) == '"':
            other = folder_of(target)
            allowed = other == home or any(target.startswith(a + "/") for a in MAY.get(home, set()))
            if home in MAY and not allowed:
                errors.append(f"{name}:{number} {home}/ may not include {target}")
        pattern = ONLY_IN.get(target)
        if pattern and home in MAY and not re.fullmatch(pattern, name):
            errors.append(f"{name}:{number} {target} is not for this file")


def sql_outside_store(file, errors):
    name = str(file.relative_to(ROOT))
    if name.startswith("store/"):
        return
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if re.search(r'"\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b', line):
            errors.append(f"{name}:{number} SQL outside of store/")


def main():
    errors = []
    files = [f for d in MAY for f in (ROOT / d).rglob("*.[ch]")] + [ROOT / "main.c"]
    for file in files:
        check(file, errors)
        sql_outside_store(file, errors)
    for e in errors:
        print("FAIL", e)
    if not errors:
        print(f"ok the includes of {len(files)} files follow the arrows")
    return 1 if errors else 0


sys.exit(main())
