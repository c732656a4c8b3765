#!/usr/bin/env python3
"""Adds up the results of several runs of ctest: summarize_tests.py NAME=RESULTS.xml…

Shows the output of what failed and the reason of what was skipped. The last line is "N passed, N failed, N skipped"; where
a test of ctest's is a run of vitest, its own tests count.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

SHOWN_LINES = 80  # of a failed test's output, the last ones


class Case:
    def __init__(self, run, element):
        self.name = f"{run}: {element.get('name')}"
        self.status = element.get("status")  # ctest's: run, fail, notrun, disabled
        self.output = element.findtext("system-out") or ""
        reasons = [child.get("message", "") for child in element if child.tag in ("skipped", "failure")]
        self.message = " ".join(reasons).strip()

    @property
    def counts(self):
        """How many tests of it passed, failed, were skipped."""
        if self.was_skipped:
            return 0, 0, 1
        found = re.search(r"^ *Tests  (.*) \(\d+\)$", self.output, re.MULTILINE)  # vitest's, as in: 1 failed | 9 passed
        of = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", found[1] if found else "")}
        if self.has_failed:
            return of.get("passed", 0), of.get("failed", 1), 0
        return (of.get("passed", 0) if found else 1), 0, of.get("skipped", 0)

    @property
    def has_failed(self):
        return self.status != "run" and not self.was_skipped

    @property
    def was_skipped(self):
        return self.status in ("notrun", "disabled") and not self.is_missing

    @property
    def is_missing(self):
        """A test whose program is not there was not skipped by anybody."""
        return self.status == "notrun" and "Unable to find executable" in self.message + self.output

    def reason(self):
        """What unittest and googletest print; else what ctest knows."""
        found = re.search(r"\.\.\. skipped (['\"])(.*)\1", self.output)
        if found:
            return found[2]
        found = re.search(r"Skipped\n(.+?)\n*\[  SKIPPED", self.output, re.DOTALL)
        if found:
            return " ".join(found[1].split())
        return self.message or "no reason given"


def read(argument):
    run, _, path = argument.partition("=")
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        sys.exit(f"{path}: no results of ctest: {error}")
    return [Case(run, element) for element in root.iter("testcase")]


def main():
    cases = [case for argument in sys.argv[1:] for case in read(argument)]
    skipped = [case for case in cases if case.was_skipped]
    failed = [case for case in cases if case.has_failed]

    for case in failed:
        print(f"\n--- FAILED {case.name} {case.message}")
        print("\n".join(case.output.splitlines()[-SHOWN_LINES:]))
    if failed:
        print()
    for case in failed:
        print(f"failed   {case.name}")
    for case in skipped:
        print(f"skipped  {case.name}: {case.reason()}")
    if not cases:
        print("no test was run")
    print("{} passed, {} failed, {} skipped".format(*map(sum, zip(*(case.counts for case in cases), (0, 0, 0)))))
    sys.exit(bool(failed) or not cases)


if __name__ == "__main__":
    main()
