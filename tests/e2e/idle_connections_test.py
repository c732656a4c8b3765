"""Upstreams that close idle connections: no call may suffer from it."""
import random
import time
import unittest

from harness import EndToEnd
from tokens import app_token
from upstream import Upstream

CLOSES_AFTER_SECONDS = 0.2
CALLS = 30


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

    def test_connections_are_used_again_meanwhile(self):
        self.assertEqual(self.statuses("[upstream.app]\npool_idle_seconds = 0.15\n", [0] * 50), [200] * 50)

        # One for each of the server's loops at most, for this client makes one call at a time.
        self.assertLess(self.upstream.connections, 25)


if __name__ == "__main__":
    unittest.main()
