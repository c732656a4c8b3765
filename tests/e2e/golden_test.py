"""Data directories that earlier versions wrote, one for each version of journal and schema: this one reads them all.

They are made by tests/golden/make.py, which says what is in them.
"""
import json
import pathlib
import tarfile
import unittest

from harness import EndToEnd, eventually
from tokens import app_token
from upstream import Upstream

GOLDEN = sorted((pathlib.Path(__file__).resolve().parent.parent / "golden").glob("*/data.tar.xz"))
# Their journal is older than the day that it would be kept for.
CONFIG = "[journal]\nkeep_hours = 87600\n"


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


class Golden(EndToEnd):
    def setUp(self):
        self.assertGreater(len(GOLDEN), 0)
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)

    def unpack(self, archive):
        gateway = self.make_gateway(CONFIG)
        with tarfile.open(archive) as members:
            members.extractall(gateway.data)
        return gateway

    def expect_as_it_was(self, gateway, folder):
        for what in ("events", "daily"):
            done = gateway.command("export", "--what", what, "--format", "jsonl")
            self.assertEqual(done.returncode, 0, done.stderr)
            found = lines_of(done.stdout)
            expected = lines_of((folder / f"{what}.jsonl").read_text(encoding="utf-8"))
            # A later version may say more of what is stored; what it said, it says still.
            for now, then in zip(found, expected):
                self.assertEqual({key: now.get(key) for key in then}, then)
            self.assertEqual(len(found), len(expected))

    def test_a_server_counts_on(self):
        for archive in GOLDEN:
            with self.subTest(archive.parent.name):
                gateway = self.unpack(archive)
                gateway.start_ready()
                self.assertEqual(gateway.call("POST", "/ai/chat", app_token("alice"), body={}).status, 200)
                gateway.stop()

                self.assert_verified(gateway)
                before = (archive.parent / "events.jsonl").read_text(encoding="utf-8").count("\n")
                self.assertEqual(len(gateway.export_events()), before + 1)

    def test_its_figures_are_what_they_were(self):
        for archive in GOLDEN:
            with self.subTest(archive.parent.name):
                gateway = self.unpack(archive)
                gateway.start_ready()
                gateway.stop()
                self.expect_as_it_was(gateway, archive.parent)
                self.assert_verified(gateway)

    def test_its_journal_alone_gives_the_same_figures(self):
        for archive in GOLDEN:
            with self.subTest(archive.parent.name):
                gateway = self.unpack(archive)
                (gateway.data / "usage.db").unlink()
                gateway.start_ready()
                eventually(lambda: gateway.get("/ai/usage/me", app_token("alice")).status == 200, "caught up")
                gateway.stop()
                self.expect_as_it_was(gateway, archive.parent)
                self.assert_verified(gateway)


if __name__ == "__main__":
    unittest.main()
