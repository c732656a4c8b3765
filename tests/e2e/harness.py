"""Starts the real `tallygate serve` on a free port, with a directory of its own, in front of an upstream of the test's.

Every test module stands on EndToEnd. Nothing that a test starts outlives it: what is left is killed with the test, and by
the kernel should the test itself be killed.
"""
import ctypes
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from client import Connection
from tokens import APP_SECRET, app_token, bearer
from upstream import Upstream

BUILD = pathlib.Path(os.environ.get("TALLYGATE_BUILD") or pathlib.Path(__file__).resolve().parents[2] / "build" / "release")
BINARY = BUILD / "tallygate"
DEMO_ENGINE = BUILD / "demo_ai_engine"
PATIENCE_SECONDS = 30  # for what should take a moment: long enough for a busy machine

_libc = ctypes.CDLL(None)


def _die_with_parent():
    PR_SET_PDEATHSIG = 1
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def eventually(condition, what, seconds=PATIENCE_SECONDS):
    """Waits until `condition()` holds and returns what it returned."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)
    return result


def utc_today():
    """Today; waits past midnight where the day would end within a minute, so that a test sees one day only."""
    now = datetime.datetime.now(datetime.timezone.utc)
    to_midnight = 86_400 - (now.hour * 3600 + now.minute * 60 + now.second)
    if to_midnight < 60:
        time.sleep(to_midnight + 1)
    return datetime.datetime.now(datetime.timezone.utc).date()


class Program:
    """A process that logs to standard error, logfmt, and says there where it listens."""

    def __init__(self, command, env=None):
        self.command = [str(part) for part in command]
        self.lines = []
        self._address = None
        self._said = threading.Condition()
        self.process = subprocess.Popen(
            self.command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, errors="replace", preexec_fn=_die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                found = re.search(r'msg="?listening"?.* address=([\d.]+):(\d+)', line)
                if found:
                    self._address = (found[1], int(found[2]))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    @property
    def address(self):
        with self._said:
            self._said.wait_for(lambda: self._address or self.process.poll() is not None, PATIENCE_SECONDS)
            if not self._address:
                raise AssertionError("it does not listen:\n" + self.log())
            return self._address

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return "\n".join(self.lines)

    def is_running(self):
        return self.process.poll() is None

    def terminate(self):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, seconds=45):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("it does not end:\n" + self.log()) from None
        self._reader.join(5)
        self.process.stderr.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        self.process.stderr.close()


class Gateway:
    """A data directory with its configuration, and the server on it while one runs."""

    def __init__(self, upstream_url, config="", data=None, env=None, arguments=(), listen="127.0.0.1:0"):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="tallygate-e2e-"))
        self.data = pathlib.Path(data) if data else self._folder / "data"
        self.upstream_url = upstream_url
        self.listen = listen
        self.store = None  # a store URL other than the configuration's
        self.config_file = self._folder / "tallygate.toml"
        self.config_file.write_text(config, encoding="utf-8")
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TALLYGATE_")},
            "TALLYGATE_JWT_SECRET": APP_SECRET,
            **(env or {}),
        }
        self.arguments = list(arguments)
        self.server = None

    def serve_command(self):
        upstream = ["--upstream", self.upstream_url] if self.upstream_url else []
        return [BINARY, "serve", "--listen", self.listen, *upstream, *self.common_arguments(), *self.arguments]

    def common_arguments(self):
        store = ["--store", self.store] if self.store else []
        return ["--config", self.config_file, "--data", self.data, *store]

    def start(self, wrapper=()):
        """Starts without waiting for it to be ready."""
        self.server = Program([*wrapper, *self.serve_command()], self.env)
        return self

    def start_ready(self, wrapper=()):
        self.start(wrapper)
        self.wait_ready()
        return self

    def wait_ready(self):
        eventually(lambda: self.get("/tallygate/readyz").status == 200, "ready:\n" + self.server.log())

    def stop(self):
        """SIGTERM, and the exit code that must be 0."""
        code = self.server.terminate()
        if code != 0:
            raise AssertionError(f"SIGTERM ended it with {code}:\n{self.server.log()}")

    def kill(self):
        self.server.kill()

    def close(self):
        if self.server and self.server.is_running():
            self.server.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- commands ---

    def command(self, name, *arguments, env=None):
        """Runs `tallygate NAME` on this directory: a CompletedProcess with text."""
        command = [BINARY, name, *self.common_arguments(), *arguments]
        return subprocess.run(
            [str(part) for part in command], env={**self.env, **(env or {})}, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=300,
        )

    def export_events(self):
        """Every stored event, as `export` writes it: one dictionary each."""
        done = self.command("export", "--what", "events", "--format", "jsonl")
        if done.returncode != 0:
            raise AssertionError(f"export ended with {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def event_of(self, request_id):
        """The one stored event of a call. The running server is made to store it first."""
        if self.server and self.server.is_running():
            self.get_json("/ai/usage/me", app_token("somebody-who-only-looks"))
        found = [event for event in self.export_events() if event["request_id"] == request_id]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} events of {request_id}: {found}")
        return found[0]

    # --- requests ---

    def connect(self, **options):
        return Connection(self.server.address, **options)

    def call(self, method, target, token=None, fields=(), body=None):
        fields = [*fields, bearer(token)] if token else list(fields)
        with self.connect() as connection:
            return connection.call(method, target, fields, body)

    def get(self, target, token=None, fields=()):
        return self.call("GET", target, token, fields)

    def get_json(self, target, token=None):
        answer = self.get(target, token)
        if answer.status != 200:
            raise AssertionError(f"GET {target}: {answer}")
        return answer.json()

    def my_usage(self, user, days=30):
        return self.get_json(f"/ai/usage/me?days={days}", app_token(user))

    def metric(self, name, **labels):
        """The sum of a metric's samples that have these labels."""
        total = 0.0
        for line in self.get("/tallygate/metrics").body.decode().splitlines():
            if re.match(re.escape(name) + r"[{ ]", line) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    # --- what the system sees ---

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.server.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def open_files(self):
        folder = pathlib.Path(f"/proc/{self.server.pid}/fd")
        found = []
        for entry in folder.iterdir():
            try:
                found.append(os.readlink(entry))
            except FileNotFoundError:
                pass
        return found


class EndToEnd(unittest.TestCase):
    """A test with an upstream and a server before it. `config` is the content of tallygate.toml."""

    config = ""
    maxDiff = None

    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)
        self.gateway = self.make_gateway(self.config)
        self.gateway.start_ready()

    def make_gateway(self, config="", upstream_url=None, **options):
        gateway = Gateway(upstream_url or self.upstream.url, config, **options)
        self.addCleanup(gateway.close)
        return gateway

    def assert_verified(self, gateway=None):
        done = (gateway or self.gateway).command("verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 differences", done.stdout)

    def assert_problem(self, answer, status, code):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.get("Content-Type"), "application/problem+json")
        problem = answer.json()
        self.assertEqual((problem["status"], problem["code"]), (status, code))
        self.assertEqual(problem["request_id"], answer.get("X-Request-Id"))
        self.assertTrue(problem["detail"])
        return problem


def path_segment(text):
    return urllib.parse.quote(text, safe="")
