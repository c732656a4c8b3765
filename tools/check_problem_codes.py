#!/usr/bin/env python3
"""Fails when a source makes a problem whose `code` openapi.yaml does not list.

A code is found where it stands as text behind an Errc, behind an HTTP status, or in an assignment to `code`. Needs Debian's
python3-yaml.
"""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
CODE = r'"([a-z]+(?:_[a-z0-9]+)*)"'
PATTERNS = [
    re.compile(r"\bErrc::\w+,\s*" + CODE),
    re.compile(r"[({]\s*(?:\.status\s*=\s*)?[45]\d\d,\s*(?:\.code\s*=\s*)?" + CODE),
    re.compile(r"\bcode\s*=\s*" + CODE),
]
# Of start-up, of commands, and of the log; never in an answer.
NOT_SEEN_BY_CLIENTS = {
    "bad_pattern",
    "malformed_response",
}


def listed_codes():
    with (SRC / "api" / "openapi.yaml").open(encoding="utf-8") as file:
        document = yaml.safe_load(file)
    return {one["const"] for one in document["components"]["schemas"]["ProblemCode"]["oneOf"]}


def used_codes():
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in {".h", ".cpp"} or path.stem.endswith(("_test", "_fixture", "_contract", "_bench", "_fuzz")):
            continue
        text = path.read_text(encoding="utf-8")
        for pattern in PATTERNS:
            for found in pattern.finditer(text):
                yield found[1], f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}"


def main():
    listed = listed_codes() | NOT_SEEN_BY_CLIENTS
    missing = {}
    for code, place in used_codes():
        if code not in listed:
            missing.setdefault(code, []).append(place)
    for code, places in sorted(missing.items()):
        print(f"{', '.join(places)}: the code {code} is not in src/api/openapi.yaml (schemas, ProblemCode)")
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
