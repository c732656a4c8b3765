#!/usr/bin/env python3
"""Fails when the built dashboard's JavaScript and CSS are too much to load: check_web_size.py FOLDER-OF-THE-BUILD"""
import gzip
import pathlib
import sys

ALLOWED_KB = 150  # of 1000 bytes, as gzip sends them


def main():
    assets = pathlib.Path(sys.argv[1]) / "assets"
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0))
             for path in sorted(assets.glob("*")) if path.suffix in (".js", ".css")}
    if not sizes:
        sys.exit(f"{assets} has no JavaScript: the dashboard was not built")
    for name, size in sizes.items():
        print(f"{size / 1000:8.1f} kB  {name}")
    total = sum(sizes.values()) / 1000
    print(f"{total:8.1f} kB  of {ALLOWED_KB} kB allowed")
    if total > ALLOWED_KB:
        sys.exit("too much: load a part later, or do without a dependency")


if __name__ == "__main__":
    main()
