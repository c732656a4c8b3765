"""Calls of many kinds from many threads, in a process of their own, and which of them were answered to the last byte.

    with Load(address, token) as load: …
    load.answered      {request id: status} of every call whose last byte was read
"""
import collections
import json
import random
import subprocess
import sys
import threading
import time

from client import BrokenOff, Connection

KINDS = ("plain", "plain", "plain", "streamed", "streamed", "aborted")


class Load:
    """Runs this file as a program until stop()."""

    def __init__(self, address, token, threads=12, kinds=KINDS, seed=1, id_padding=0):
        options = {"address": address, "token": token, "threads": threads, "kinds": kinds, "seed": seed,
                   "id_padding": id_padding}
        self._process = subprocess.Popen([sys.executable, "-B", __file__, json.dumps(options)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answered = {}
        self.problems = {}
        self.broken_off = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._process.returncode is not None:
            return self
        output, _ = self._process.communicate()  # the end of its input tells it to stop
        if self._process.returncode != 0:
            raise AssertionError(f"the load ended with {self._process.returncode}")
        result = json.loads(output)
        self.answered, self.problems, self.broken_off = result["answered"], result["problems"], result["broken_off"]
        return self


class Caller(threading.Thread):
    """One client: calls until told to stop, connects again whenever its connection breaks."""

    def __init__(self, number, options, stopping):
        super().__init__(daemon=True)
        self.address = tuple(options["address"])
        self.fields = [("Authorization", f"Bearer {options['token']}")]
        self.kinds = options["kinds"]
        self.random = random.Random(options["seed"] * 1000 + number)
        self.prefix = f"c{options['seed']}-{number}-" + "p" * options["id_padding"]
        self.stopping = stopping
        self.count = 0
        self.connection = None
        self.answered = {}
        self.problems = collections.Counter()
        self.broken_off = 0

    def run(self):
        while not self.stopping.is_set():
            try:
                if not self.connection:
                    self.connection = Connection(self.address, timeout=60)
                self.call(self.random.choice(self.kinds))
            except (BrokenOff, OSError):
                self.broken_off += 1
                self.drop()
                time.sleep(0.005)
        self.drop()

    def drop(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def call(self, kind):
        self.count += 1
        request_id = f"{self.prefix}{self.count}"
        path = "/ai/chat" if kind == "plain" else "/ai/chat/stream"
        self.connection.send_request("POST", path, [*self.fields, ("X-Request-Id", request_id)], {"message": "hello"})
        if kind == "aborted":
            if self.random.random() < 0.5:
                next(self.connection.pieces(self.connection.receive_head()), None)
            self.connection.reset()
            self.connection = None
            return
        answer = self.connection.receive()
        if problem := refusal(answer):
            self.problems[problem] += 1
            time.sleep(0.02)
        else:
            self.answered[request_id] = answer.status
        if answer.get("Connection", "").lower() == "close":
            self.drop()


def refusal(answer):
    """The code of a call that was not forwarded, else nothing."""
    if answer.get("Content-Type") != "application/problem+json":
        return None
    code = answer.json()["code"]
    return None if code.startswith(("upstream_", "demo_")) else code


def main():
    options = json.loads(sys.argv[1])
    stopping = threading.Event()
    callers = [Caller(number, options, stopping) for number in range(options["threads"])]
    for caller in callers:
        caller.start()
    sys.stdin.read()
    stopping.set()
    result = {"answered": {}, "problems": collections.Counter(), "broken_off": 0}
    for caller in callers:
        caller.join()
        result["answered"].update(caller.answered)
        result["problems"].update(caller.problems)
        result["broken_off"] += caller.broken_off
    print(json.dumps(result))


if __name__ == "__main__":
    main()
