#!/usr/bin/env python3
"""Fails when a document names a file or links to a place that is not there.

In README.md, CONTRIBUTING.md and docs/: every `path/with/a.name` in backquotes that begins with a folder of this
repository, and every relative link. `x/{a,b}.h` names x/a.h and x/b.h; `*` matches.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MADE = ("build/", "tallygate-data/")  # by building and running


def documents():
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def expand(path):
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    return [one for part in found[1].split(",") for one in expand(path[: found.start()] + part.strip() + path[found.end() :])]


def exists(path):
    return any(ROOT.glob(path)) if "*" in path else (ROOT / path).exists()


def named_paths(text):
    folders = "|".join(re.escape(entry.name) for entry in ROOT.iterdir() if entry.is_dir())
    for found in re.finditer(rf"`((?:{folders})/[\w./{{}},*-]*)`", text):
        if not found[1].startswith(MADE):
            yield from expand(found[1])


def links(text, document):
    for found in re.finditer(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"[a-z]+:", found[1]):
            yield document.parent / found[1]


def main():
    problems = []
    for document in documents():
        place = document.relative_to(ROOT)
        text = document.read_text(encoding="utf-8")
        problems += [f"{place}: there is no {path}" for path in named_paths(text) if not exists(path)]
        problems += [f"{place}: links to {link}, which is not there" for link in links(text, document) if not link.exists()]
    print("\n".join(problems) or "documents: ok")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
