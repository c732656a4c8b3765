"""kill -9, again and again, under load: what was answered is counted, once.

TALLYGATE_E2E_CYCLES says how often (20).
"""
import collections
import os
import random
import socket
import time
import unittest

from harness import DEMO_ENGINE, EndToEnd, Program
from load import Load
from tokens import app_token, bearer
from upstream import Upstream

CYCLES = int(os.environ.get("TALLYGATE_E2E_CYCLES", "20"))
ANSWERED_PER_CYCLE = 100


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


class Crash(EndToEnd):
    def setUp(self):
        self.engine = Program([DEMO_ENGINE, "--listen", "127.0.0.1:0", "--latency-scale", "0.05", "--failure-rate", "0.05"])
        self.addCleanup(self.engine.kill)
        self.address = ("127.0.0.1", free_port())
        self.gateway = self.make_gateway(upstream_url="http://127.0.0.1:%d" % self.engine.address[1],
                                         listen="127.0.0.1:%d" % self.address[1])
        self.random = random.Random(7)

    def kill_and_start(self, cycles):
        for cycle in range(cycles):
            self.gateway.start()
            if cycle % 4 == 3:
                time.sleep(self.random.uniform(0, 0.05))  # while it recovers
            else:
                self.gateway.server.address  # it listens
                time.sleep(self.random.uniform(0.1, 0.7))
            self.gateway.kill()

    def test_every_answered_call_is_counted_exactly_once(self):
        with Load(self.address, app_token("alice")) as load:
            self.kill_and_start(CYCLES)
        self.gateway.start_ready()
        total = self.gateway.get_json("/ai/usage/global?days=2", app_token("root", role="admin"))["total_operations"]
        self.gateway.stop()

        events = self.gateway.export_events()
        count = collections.Counter(event["request_id"] for event in events)
        print(f"{CYCLES} kills, {len(load.answered)} calls answered, {load.broken_off} broken off, {len(events)} events, "
              f"{sum(event['error_class'] == 'incomplete' for event in events)} of them incomplete")
        self.assertEqual([one for one in load.answered if count[one] == 0], [], "answered and lost")
        self.assertEqual([one for one, times in count.items() if times > 1], [], "counted twice")
        self.assertEqual(load.problems, {}, "a server that runs refuses nothing")
        self.assertEqual(total, len(events))
        self.assertGreaterEqual(len(load.answered), CYCLES * ANSWERED_PER_CYCLE, "too few calls to prove much")
        self.assertTrue(any(event["error_class"] == "incomplete" for event in events), "no kill hit a call")
        self.assert_verified()

    def test_a_call_that_a_kill_cut_is_incomplete(self):
        def answer(call):
            call.read_body()
            call.start()
            call.event({"delta": "one"})
            call.wait_until_gone()

        upstream = Upstream(answer)
        self.addCleanup(upstream.close)
        gateway = self.make_gateway(upstream_url=upstream.url).start_ready()
        with gateway.connect() as connection:
            connection.send_request("POST", "/ai/chat/stream", [bearer(app_token("bob")), ("X-Request-Id", "was-cut")], {})
            next(connection.pieces(connection.receive_head()))
            gateway.kill()
        gateway.start_ready()

        event = gateway.event_of("was-cut")

        self.assertEqual((event["success"], event["error_class"], event["kind"]), (False, "incomplete", "incomplete"))
        self.assertEqual((event["user_id"], event["endpoint"], event["tokens_used"]), ("bob", "/ai/chat/stream", 750))
        self.assertEqual(event["token_source"], "estimate")
        self.assertEqual(gateway.my_usage("bob")["failed_operations"], 1)
        self.assert_verified(gateway)


if __name__ == "__main__":
    unittest.main()
