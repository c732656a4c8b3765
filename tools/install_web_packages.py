#!/usr/bin/env python3
"""Puts what web/package-lock.json names into web/node_modules; does nothing where it is there already.

Several build folders may ask at once: one installs, the others wait for it.
"""
import argparse
import fcntl
import os
import pathlib
import subprocess
import sys

WEB = pathlib.Path(__file__).resolve().parent.parent / "web"
WANTED = WEB / "package-lock.json"
INSTALLED = WEB / "node_modules" / ".package-lock.json"  # npm writes it last


def is_current():
    return INSTALLED.is_file() and INSTALLED.stat().st_mtime_ns >= WANTED.stat().st_mtime_ns


def environment(node):
    """This process's, with `node` before any other: npm is a script that looks for it in PATH."""
    path = os.environ.get("PATH", os.defpath)
    return {**os.environ, "PATH": f"{node.parent}{os.pathsep}{path}"} if node else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node", type=pathlib.Path, help="the program that runs npm (the first in PATH)")
    parser.add_argument("--npm", default="npm")
    arguments = parser.parse_args()

    with WANTED.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current():
            return
        done = subprocess.run([arguments.npm, "ci"], cwd=WEB, env=environment(arguments.node), stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"`npm ci` in {WEB} ended with {done.returncode}")
        INSTALLED.touch()


if __name__ == "__main__":
    main()
