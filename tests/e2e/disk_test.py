"""Disks that are full and disks that fail: nothing is forwarded that could not be counted, nothing answered is lost."""
import collections
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from client import BrokenOff
from harness import EndToEnd, eventually
from tokens import app_token, bearer

DISK_BYTES = 64 << 20
RESUMES_WITHIN_SECONDS = 5
# Long names fill the journal sooner.
USER = "u" * 250


def mount_small_disk(test):
    """A file system of DISK_BYTES for the length of the test; skips it where that cannot be had."""
    if os.geteuid() != 0:
        test.skipTest("mounting a small file system needs root")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tallygate-disk-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        folder.rmdir()
        test.skipTest(f"a small file system cannot be mounted here: {done.stderr.strip()}")

    def unmount():
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()

    test.addCleanup(unmount)
    return folder


def fill(folder):
    """Takes all the room that is left; the file that holds it."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for piece in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(piece))
            except OSError:
                pass
    return path


class FullDisk(EndToEnd):
    def setUp(self):
        self.folder = mount_small_disk(self)
        super().setUp()

    def make_gateway(self, config="", **options):
        return super().make_gateway(config, data=self.folder / "data", **options)

    def call(self, number):
        """One call on the kept connection: its answer, and whether it reached the application."""
        forwarded = len(self.upstream.calls)
        request_id = f"{number:06}" + "i" * 120
        answer = self.connection.call("POST", "/ai/chat", [bearer(app_token(USER)), ("X-Request-Id", request_id)], b"{}")
        if answer.get("Connection", "").lower() == "close":
            self.connection.close()
            self.connection = self.gateway.connect()
        return request_id, answer, len(self.upstream.calls) > forwarded

    def test_calls_are_refused_before_they_are_forwarded_and_come_back_with_the_room(self):
        self.connection = self.gateway.connect()
        self.addCleanup(lambda: self.connection.close())
        answered = [self.call(0)[0]]
        filler = fill(self.folder)

        refused = None
        for number in range(1, 100_000):
            request_id, answer, was_forwarded = self.call(number)
            if answer.status != 200:
                refused = answer
                break
            answered.append(request_id)
        self.assert_problem(refused, 503, "journal_unavailable")
        self.assertTrue(refused.get("Retry-After"))
        self.assertFalse(was_forwarded, "it was forwarded and could not be counted")
        for number in range(200_000, 200_020):
            _, answer, was_forwarded = self.call(number)
            self.assertEqual((answer.status, was_forwarded), (503, False))
        health = self.gateway.get("/health")
        self.assertEqual((health.status, health.json()["status"], health.json()["journal"]["status"]), (503, "unhealthy", "full"))

        filler.unlink()
        freed = time.monotonic()
        number = 300_000
        while True:
            request_id, answer, _ = self.call(number)
            if answer.status == 200:
                break
            self.assertLess(time.monotonic() - freed, RESUMES_WITHIN_SECONDS, "there is room again")
            number += 1
            time.sleep(0.05)
        answered.append(request_id)

        eventually(lambda: self.gateway.get("/ai/usage/me", app_token(USER)).status == 200, "the store goes on too")
        self.assertEqual(self.gateway.my_usage(USER)["total_operations"], len(answered))
        self.gateway.stop()
        self.assertEqual(sorted(event["request_id"] for event in self.gateway.export_events()), sorted(answered))
        self.assert_verified()


class FailingSync(EndToEnd):
    """The Nth sync of the journal fails, by strace's hand."""

    FAILS_AT = 40

    def setUp(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
            self.skipTest("strace may not trace here")
        super().setUp()
        self.gateway.stop()

    def expect_no_acknowledgement_behind_the_failure(self, sync):
        self.gateway.config_file.write_text(f'[journal]\nsync = "{sync}"\n', encoding="utf-8")
        tracer = ["strace", "-D", "-f", "-q", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
                  "-e", f"inject=fdatasync,fsync:error=EIO:when={self.FAILS_AT}"]
        self.gateway.start(tracer)
        answered, refused = [], 0
        for number in range(20_000):
            request_id = f"{sync}-{number}"
            try:
                answer = self.gateway.call("POST", "/ai/chat", app_token("alice"), [("X-Request-Id", request_id)], b"{}")
            except (BrokenOff, OSError):
                continue  # broken off: not acknowledged
            if answer.status == 200:
                self.assertEqual(refused, 0, "acknowledged after a sync had failed")
                answered.append(request_id)
            else:
                self.assert_problem(answer, 503, "journal_unavailable")
                refused += 1
                if refused == 20:
                    break
        self.assertEqual(refused, 20, "no sync failed")
        self.assertGreater(len(answered), 0)
        self.assertEqual(self.gateway.get("/health").json()["journal"]["status"], "failed")
        self.gateway.kill()

        self.gateway.start_ready()
        self.gateway.call("POST", "/ai/chat", app_token("alice"), [("X-Request-Id", f"{sync}-after")], b"{}")
        self.gateway.stop()
        count = collections.Counter(event["request_id"] for event in self.gateway.export_events())
        expected = dict.fromkeys([*answered, f"{sync}-after"], 1)
        self.assertEqual({request_id: count[request_id] for request_id in expected}, expected)
        self.assert_verified()

    def test_nothing_is_acknowledged_behind_it_when_syncs_come_by_the_clock(self):
        self.expect_no_acknowledgement_behind_the_failure("interval")

    def test_nothing_is_acknowledged_behind_it_when_answers_wait_for_syncs(self):
        self.expect_no_acknowledgement_behind_the_failure("always")


if __name__ == "__main__":
    unittest.main()
