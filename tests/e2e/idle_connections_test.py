"""Upstreams that close idle connections: no call may suffer from it.

TALLYGATE_E2E_SPACED_CALLS=2000 makes that many calls spaced one to three seconds, a hundred at a time; without it there are
three hundred at ten times the speed.
"""
import concurrent.futures
import os
import random
import time
import unittest

from harness import EndToEnd
from tokens import app_token, bearer
from upstream import Upstream

CLOSES_AFTER_SECONDS = 0.2
CALLS = 30
SPACED_CALLS = int(os.environ.get("TALLYGATE_E2E_SPACED_CALLS", "0"))
CLIENTS = 100


class IdleConnections(EndToEnd):
    def setUp(self):
        self.upstream = Upstream(idle_seconds=CLOSES_AFTER_SECONDS)
        self.addCleanup(self.upstream.close)

    def statuses(self, config, pauses):
        self.gateway = self.make_gateway(config).start_ready()
        token = app_token("alice")
        found = []
        for pause in pauses:
            found.append(self.gateway.call("POST", "/ai/chat", token, body={}).status)
            time.sleep(pause)
        return found

    def test_connections_are_left_before_the_upstream_closes_them(self):
        around = random.Random(3)
        pauses = [around.uniform(0.8, 1.2) * CLOSES_AFTER_SECONDS for _ in range(CALLS)]

        self.assertEqual(self.statuses("[upstream.app]\npool_idle_seconds = 0.1\n", pauses), [200] * CALLS)

    def test_a_connection_that_was_closed_while_it_waited_is_not_used(self):
        pauses = [1.4 * CLOSES_AFTER_SECONDS] * CALLS

        self.assertEqual(self.statuses("[upstream.app]\npool_idle_seconds = 60\n", pauses), [200] * CALLS)

        self.assertGreaterEqual(self.upstream.connections, CALLS)

    def test_what_the_upstream_says_of_its_patience_counts(self):
        def answer(call):
            call.read_body()
            call.reply(fields=[("Keep-Alive", "timeout=1")])

        self.upstream.idle_seconds = 1.2
        self.upstream.answer = answer

        self.assertEqual(self.statuses("[upstream.app]\npool_idle_seconds = 60\n", [1.1] * 5), [200] * 5)
        self.assertGreaterEqual(self.upstream.connections, 5, "after a second each connection is given up")

    def test_calls_spaced_around_the_upstreams_patience(self):
        calls, second = (SPACED_CALLS, 1.0) if SPACED_CALLS else (300, 0.1)
        self.upstream.idle_seconds = 2 * second
        # An upstream of its own for each client, so that nobody else keeps its connection warm.
        gateway = self.make_gateway("".join(
            f'[upstream.u{number}]\nurl = "{self.upstream.url}"\npool_idle_seconds = {1.5 * second}\n'
            f'[[route]]\nmatch = "POST /ai/u{number}"\nupstream = "u{number}"\noperation = "chat"\n'
            for number in range(CLIENTS))).start_ready()
        token = app_token("alice")

        def client(number):
            around = random.Random(number)
            found = []
            with gateway.connect() as connection:
                for _ in range(calls // CLIENTS):
                    time.sleep(around.uniform(1, 3) * second)
                    found.append(connection.call("POST", f"/ai/u{number}", [bearer(token)], {}).status)
            return found

        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            statuses = [status for found in pool.map(client, range(CLIENTS)) for status in found]

        print(f"{len(statuses)} calls over {self.upstream.connections} connections")
        self.assertEqual(statuses, [200] * calls)
        self.assertEqual(gateway.my_usage("alice")["successful_operations"], calls)

    def test_connections_are_used_again_meanwhile(self):
        self.assertEqual(self.statuses("[upstream.app]\npool_idle_seconds = 0.15\n", [0] * 50), [200] * 50)

        # One for each of the server's loops at most, for this client makes one call at a time.
        self.assertLess(self.upstream.connections, 25)


if __name__ == "__main__":
    unittest.main()
