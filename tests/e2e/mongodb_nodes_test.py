"""Two nodes before one MongoDB: kills of either, crashes of the server, faults on the way; every call counted once.

TALLYGATE_E2E_CYCLES says how often (6).
"""
import collections
import os
import random
import time
import unittest

from fault_proxy import FaultProxy
from harness import DEMO_ENGINE, EndToEnd, Program, eventually
from load import Load
from mongodb_server import MongodbServer, free_ports, skip_without_own_server
from tokens import app_token

CYCLES = int(os.environ.get("TALLYGATE_E2E_CYCLES", "6"))
PATIENCE_SECONDS = 90  # for a busy machine to work off what an outage left


class TwoNodes(EndToEnd):
    def setUp(self):
        skip_without_own_server()
        self.mongodb = MongodbServer()
        self.addCleanup(self.mongodb.close)
        self.proxy = FaultProxy("127.0.0.1", self.mongodb.port)
        self.proxy.__enter__()
        self.addCleanup(self.proxy.__exit__)
        self.engine = Program([DEMO_ENGINE, "--listen", "127.0.0.1:0", "--latency-scale", "0.05", "--failure-rate", "0.05"])
        self.addCleanup(self.engine.kill)
        self.random = random.Random(3)
        self.nodes = [self.make_node(port) for port in free_ports(2)]
        for node in self.nodes:
            node.start_ready()

    def make_node(self, port):
        node = self.make_gateway(upstream_url="http://127.0.0.1:%d" % self.engine.address[1], listen=f"127.0.0.1:{port}")
        node.store = f"mongodb://127.0.0.1:{self.proxy.port}/nodes"
        return node

    def loads(self, threads=4):
        return [Load(node.server.address, app_token(f"user {seed}"), threads=threads, seed=seed)
                for seed, node in enumerate(self.nodes, 1)]

    # --- what goes wrong ---

    def kill_a_node(self):
        node = self.random.choice(self.nodes)
        node.kill()
        node.start()

    def crash_the_server(self):
        self.mongodb.crash()
        time.sleep(self.random.uniform(0, 1))
        self.mongodb.start()

    def lose_acknowledgements(self):
        self.proxy.swallow_acknowledgements(self.random.randrange(1, 4))

    def cut_writes(self):
        self.proxy.cut_writes(self.random.randrange(1, 4))
        time.sleep(self.random.uniform(0, 0.3))
        self.proxy.cut_all()

    def refuse_for_a_while(self):
        self.proxy.is_refusing = True
        self.proxy.cut_all()
        time.sleep(self.random.uniform(0.2, 1.5))
        self.proxy.is_refusing = False

    def delay_for_a_while(self):
        self.proxy.delay_seconds = self.random.uniform(0.01, 0.1)
        time.sleep(0.5)
        self.proxy.delay_seconds = 0.0

    # --- what must hold ---

    def global_total(self, node):
        answer = node.get("/ai/usage/global?days=2", app_token("root", role="admin"))
        return answer.json()["total_operations"] if answer.status == 200 else None

    def expect_counted_once(self, loads):
        answered = [one for load in loads for one in load.answered]
        eventually(lambda: all(self.global_total(node) is not None for node in self.nodes), "the store is used again",
                   PATIENCE_SECONDS)
        # Incomplete calls of a killed node come into the log with its next start.
        eventually(lambda: self.global_total(self.nodes[0]) == self.global_total(self.nodes[1]) >= len(answered),
                   "both nodes say the same", PATIENCE_SECONDS)
        total = self.global_total(self.nodes[0])
        for node in self.nodes:
            self.assert_verified(node)
        events = self.nodes[0].export_events()
        count = collections.Counter(event["request_id"] for event in events)
        print(f"{CYCLES} cycles, {len(answered)} calls answered, {len(events)} events, {self.proxy.swallowed} acknowledgements "
              f"lost, {self.proxy.cut} writes cut")
        self.assertEqual([one for one in answered if count[one] == 0], [], "answered and lost")
        self.assertEqual([one for one, times in count.items() if times > 1], [], "counted twice")
        self.assertEqual(total, len(events))

    def test_every_answered_call_is_counted_once_whatever_breaks(self):
        faults = [self.kill_a_node, self.crash_the_server, self.lose_acknowledgements, self.cut_writes,
                  self.refuse_for_a_while, self.delay_for_a_while]
        loads = self.loads()
        try:
            for cycle in range(CYCLES):
                faults[cycle % len(faults) if cycle < len(faults) else self.random.randrange(len(faults))]()
                time.sleep(self.random.uniform(0.2, 1.0))
        finally:
            for load in loads:
                load.stop()

        self.expect_counted_once(loads)
        self.assertEqual([load.problems for load in loads], [{}, {}], "nodes that run refuse nothing")

    def test_a_call_of_one_node_is_seen_on_the_other_within_a_moment(self):
        first, second = self.nodes
        before = self.global_total(second)

        answer = first.call("POST", "/ai/chat", app_token("alice"), body={"message": "hello"})

        self.assertEqual(answer.status, 200)
        self.assertEqual(first.my_usage("alice")["total_operations"], 1, "at once where it was served")
        eventually(lambda: second.my_usage("alice")["total_operations"] == 1, "on the other, too")
        eventually(lambda: self.global_total(second) == before + 1, "among all users, too")

    def test_a_user_of_both_nodes_is_one_user(self):
        for node in self.nodes:
            node.call("POST", "/ai/chat", app_token("alice"), body={"message": "hello"})

        eventually(lambda: self.global_total(self.nodes[0]) == 2, "both calls are there")
        seen = self.nodes[0].get_json("/ai/usage/global?days=1", app_token("root", role="admin"))
        self.assertEqual((seen["unique_users"], seen["top_users"][0]["operations"]), (1, 2))


if __name__ == "__main__":
    unittest.main()
