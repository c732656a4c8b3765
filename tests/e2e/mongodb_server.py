"""A MongoDB server of a test's own, that it may crash; or the one that TALLYGATE_TEST_MONGODB names."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "mongodb_server" / "mongodb_server.sh"


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def skip_without_own_server():
    if os.geteuid() != 0 or subprocess.run([SCRIPT, "is-installed"]).returncode != 0:
        raise unittest.SkipTest("no MongoDB server is installed that a test may crash; `./dev test mongodb` installs one")


class MongodbServer:
    """tests/mongodb_server on a free port."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="tallygate-mongodb-")
        # PostgreSQL takes the port after it.
        self.port = next(port for port in free_ports(20) if self._is_free(port + 1))
        self.start()

    @staticmethod
    def _is_free(port):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            return False
        return True

    def start(self):
        self._run("start", self._folder, str(self.port))

    def crash(self):
        self._run("crash", self._folder)

    def close(self):
        subprocess.run([SCRIPT, "stop", self._folder], capture_output=True, timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _run(*arguments):
        done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"mongodb_server.sh {' '.join(arguments)}: {done.stdout}{done.stderr}")
