#!/usr/bin/env python3
"""Runs clang-tidy over sources of a build folder: tidy.py BUILD-FOLDER [--all | FILE…]

Without more it looks at what has changed: against the branch point from origin, or, where there is none, against the
commit before. A changed header is looked at through one source that includes it. What was clean is looked at again only
when it, a header of ours that it includes, its compile command, the checks or clang-tidy have changed; that is known from
build/tidy-cache/.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TIDY = "clang-tidy-19"
ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "tidy-cache"
KEPT = 5_000  # entries; older ones go


def commands(build):
    """Our own sources with their compile commands; generated ones are left out."""
    with (build / "compile_commands.json").open(encoding="utf-8") as file:
        entries = json.load(file)
    found = {pathlib.Path(entry["directory"], entry["file"]).resolve(): entry["command"] for entry in entries}
    folders = [ROOT / name for name in ("src", "examples", "tests", "bench")]
    return {path: command for path, command in sorted(found.items()) if any(path.is_relative_to(f) for f in folders)}


def with_headers(source):
    """`source` and every header of ours that it reaches."""
    seen, waiting = set(), [source]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        for name in re.findall(r'^#include "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE):
            waiting += [ROOT / "src" / name, ROOT / "examples" / name, path.parent / name]
    return sorted(seen)


def git(*arguments):
    """The lines of a git command's output; nothing where it fails."""
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return run.stdout.split("\n")[:-1] if run.returncode == 0 else []


def branch_point():
    head = git("rev-parse", "HEAD")
    for branch in ("origin/HEAD", "origin/main", "origin/master"):
        point = git("merge-base", "HEAD", branch)
        if point and point != head:
            return point[0]
    return (git("rev-parse", "HEAD~1") or [None])[0]


def changed_among(sources):
    """Those of `sources` that show what has changed; all of them where that cannot be told."""
    base = branch_point()
    if not base:
        return set(sources)
    names = git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")
    changed = {ROOT / name for name in names}
    chosen = changed & set(sources)
    for header in sorted(path for path in changed if path.suffix == ".h"):
        showing = [path for path in sources if header in with_headers(path)]
        own = [path for path in showing if path.stem == header.stem]
        if not chosen.intersection(showing):
            chosen.update((own or showing)[:1])
    return chosen


def fingerprint(source, command, common):
    digest = hashlib.sha256(common)
    digest.update(command.encode())
    for path in with_headers(source):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def tidy(build, source):
    run = subprocess.run([TIDY, "-p", str(build), "--quiet", str(source)], capture_output=True, text=True)
    errors = "\n".join(line for line in run.stderr.splitlines() if "warnings generated" not in line)
    return run.returncode, (run.stdout + errors).strip()


def forget_oldest():
    entries = sorted(CACHE.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in entries[:-KEPT]:
        path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("files", type=pathlib.Path, nargs="*")
    parser.add_argument("--all", action="store_true", help="all sources, whether changed or not")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    CACHE.mkdir(parents=True, exist_ok=True)

    sources = commands(build)
    asked = {path.resolve() for path in arguments.files}
    chosen = asked or (set(sources) if arguments.all else changed_among(sources))
    waiting = {}
    for source, command in sources.items():
        if source not in chosen:
            continue
        key = CACHE / fingerprint(source, command, common)
        if key.exists():
            key.touch()
        else:
            waiting[source] = key

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(tidy, build, source): source for source in waiting}
        for number, run in enumerate(concurrent.futures.as_completed(runs), 1):
            source = runs[run]
            code, output = run.result()
            print(f"[{number}/{len(runs)}] {source.relative_to(ROOT)}{': ' + output if code else ''}", flush=True)
            if code == 0:
                waiting[source].touch()
            failed += code != 0
    forget_oldest()
    print(f"clang-tidy: {len(chosen)} of {len(sources)} sources, {len(waiting)} looked at anew, {failed} with findings")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
