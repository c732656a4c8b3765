"""The store is away for a while, under load: calls go on, nothing is lost, memory stays bounded.

TALLYGATE_E2E_OUTAGE_SECONDS says how long (6).
"""
import os
import pathlib
import sqlite3
import time
import unittest

from disk_test import fill, mount_small_disk
from harness import EndToEnd, eventually
from load import Load
from tokens import app_token

OUTAGE_SECONDS = float(os.environ.get("TALLYGATE_E2E_OUTAGE_SECONDS", "6"))
MAY_GROW = 16 << 20


class StoreOutage(EndToEnd):
    def expect_service_without_the_store(self, database, take_away, give_back):
        token = app_token("alice")
        admin = app_token("root", role="admin")
        with Load(self.gateway.server.address, token, threads=4, kinds=("plain",)) as load:
            eventually(lambda: self.gateway.my_usage("alice")["total_operations"] > 200, "the load runs")
            take_away()
            ends = time.monotonic() + OUTAGE_SECONDS
            before = self.gateway.resident_bytes()

            # Until a call has come that the store does not have, all is well.
            refused = eventually(lambda: self.refused_usage(token), "usage is refused")
            self.assert_problem(refused, 503, "store_unavailable")
            self.assertGreaterEqual(int(refused.get("Retry-After")), 1)
            first = self.gateway.get_json("/ai/usage/realtime", admin)["last_hour"]["total_operations"]
            eventually(lambda: self.gateway.get_json("/ai/usage/realtime", admin)["last_hour"]["total_operations"] > first + 100,
                       "calls are served and counted meanwhile")
            health = eventually(self.health_without_store, "health says that the store is away")
            self.assertEqual((health.status, health.json()["status"]), (200, "degraded"))
            time.sleep(max(0.0, ends - time.monotonic()))
            self.assertGreater(self.gateway.get("/health").json()["journal"]["pending_events"], 100)
            self.assertLess(self.gateway.resident_bytes() - before, MAY_GROW)

            give_back()
            eventually(lambda: self.gateway.get("/ai/usage/me", token).status == 200, "the store is used again")
        eventually(lambda: self.gateway.get("/health").json()["status"] == "healthy", "healthy again")
        self.assertEqual(load.problems, {}, "a call was refused")
        self.assertEqual(self.gateway.my_usage("alice")["total_operations"], len(load.answered))
        self.gateway.stop()
        self.assertEqual(sorted(event["request_id"] for event in self.gateway.export_events()), sorted(load.answered))
        self.assert_verified()
        self.assertTrue(pathlib.Path(database).exists())

    def refused_usage(self, token):
        answer = self.gateway.get("/ai/usage/me", token)
        return answer if answer.status != 200 else None

    def health_without_store(self):
        health = self.gateway.get("/health")
        return health if health.json()["store"]["status"] == "unavailable" else None

    def test_another_process_holds_the_database(self):
        database = self.gateway.data / "usage.db"
        other = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(other.close)

        self.expect_service_without_the_store(database, lambda: other.execute("BEGIN EXCLUSIVE"),
                                              lambda: other.execute("ROLLBACK"))

    def test_the_databases_disk_is_full(self):
        folder = mount_small_disk(self)
        self.gateway.stop()
        self.gateway.store = f"sqlite:{folder}/usage.db"
        self.gateway.start_ready()

        self.expect_service_without_the_store(folder / "usage.db", lambda: fill(folder), lambda: (folder / "filler").unlink())


if __name__ == "__main__":
    unittest.main()
