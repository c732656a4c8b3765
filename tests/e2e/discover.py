#!/usr/bin/env python3
"""Prints MODULE.CLASS.METHOD for every test of the given *_test.py files, without running anything of them."""
import ast
import pathlib
import sys

for name in sys.argv[1:]:
    path = pathlib.Path(name)
    for node in ast.parse(path.read_text(encoding="utf-8"), name).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
                print(f"{path.stem}.{node.name}.{item.name}")
