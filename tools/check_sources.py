#!/usr/bin/env python3
"""Fails on sources that are too long and on words that must not land; warns of sources that grow long."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("src", "examples", "tests", "bench", "web")
MADE = ("web/src/services/api.gen.ts", "web/package-lock.json")  # by programs
SOURCE = (400, 450)  # (warn above, fail above)
LENGTHS = {".h": (150, 200), **dict.fromkeys((".cpp", ".py", ".ts", ".tsx", ".css"), SOURCE)}
TEST_HEADERS = ("_contract", "_fixture")  # tests that several implementations or sources share: as long as sources
# Split, so that this file does not hold them.
FORBIDDEN = {
    "unfinished work": r"TO" r"DO|FIX" r"ME|XX" r"X\b|not imple" r"mented",
    "a skipped test without a reason": r"GTEST_SKIP\(\) *;|@unittest\.skip *$|self\.skipTest\(\)",
    "a disabled test": r"TEST\w*\([^,]+, *DIS" r"ABLED_|\b(?:test|it|describe)\.(?:skip|todo|only)\b",
    "a place on somebody's machine": r"(?<![\w.~-])/(?:home|root|Users|work)/",
    "a mark of an unfinished merge": r"^(?:<{7}|>{7}|={7})(?: |$)",
}


def files():
    """What git has or would take; everything, where this is no checkout."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / name for name in sorted(listed.stdout.splitlines()) if (ROOT / name).is_file()]
    return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and "build" not in path.relative_to(ROOT).parts]


def check_length(path, text, problems):
    place = path.relative_to(ROOT)
    if place.parts[0] not in FOLDERS or path.suffix not in LENGTHS:
        return
    long, too_long = SOURCE if path.stem.endswith(TEST_HEADERS) else LENGTHS[path.suffix]
    lines = text.count("\n")
    if lines > too_long:
        problems.append(f"{place}: {lines} lines; more than {too_long}: look for the second idea and split it")
    elif lines > long:
        print(f"warning: {place}: {lines} lines; {long} are enough for one idea")


def check_words(path, text, problems):
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in FORBIDDEN.items():
            if re.search(pattern, line):
                problems.append(f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()[:100]}")


def main():
    problems = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a seed of a fuzzer
        if str(path.relative_to(ROOT)) in MADE:
            continue
        check_length(path, text, problems)
        check_words(path, text, problems)
    print("\n".join(problems) or "sources: ok")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
