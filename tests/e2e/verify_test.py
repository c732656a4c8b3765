"""`tallygate verify` finds what was changed behind its back; `tallygate rebuild` makes totals again and knows its limits."""
import re
import sqlite3
import unittest

from harness import EndToEnd, eventually, utc_today
from load import Load
from tokens import app_token

CALLS = 6


class Stored(EndToEnd):
    """A stopped server's directory with six calls of alice and one of bob in it."""

    def setUp(self):
        super().setUp()
        self.today = utc_today()
        for number in range(CALLS):
            self.call("alice", f"call-{number}")
        self.call("bob", "call-of-bob")
        self.usage = self.gateway.my_usage("alice")
        self.gateway.stop()
        self.database = self.gateway.data / "usage.db"
        self.assert_verified()

    def call(self, user, request_id):
        answer = self.gateway.call("POST", "/ai/chat", app_token(user), [("X-Request-Id", request_id)], b"{}")
        self.assertEqual(answer.status, 200)

    def change(self, *statements):
        with sqlite3.connect(self.database) as database:
            for statement in statements:
                self.assertGreater(database.execute(statement).rowcount, 0, statement)
        database.close()

    def event_id(self, request_id):
        [event] = [event for event in self.gateway.export_events() if event["request_id"] == request_id]
        return event["event_id"]

    def segments(self):
        return sorted((self.gateway.data / "journal").glob("*.seg"))


class Verify(Stored):
    def expect_found(self, *named):
        done = self.gateway.command("verify")

        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 1, said)
        self.assertRegex(said, r"\b[1-9]\d* differences?\b")
        for text in named:
            self.assertIn(text, said)
        return said

    def test_a_row_with_other_tokens(self):
        event = self.event_id("call-2")
        self.change("UPDATE events SET tokens_used = 900 WHERE request_id = 'call-2'")

        self.expect_found(event, "500", "900")

    def test_a_row_with_another_time(self):
        event = self.event_id("call-3")
        self.change("UPDATE events SET response_time_us = response_time_us + 1 WHERE request_id = 'call-3'")

        self.expect_found(event)

    def test_a_row_that_was_removed(self):
        event = self.event_id("call-1")
        self.change("DELETE FROM events WHERE request_id = 'call-1'")

        self.expect_found(event)

    def test_the_last_row_removed(self):
        event = self.event_id("call-of-bob")
        self.change("DELETE FROM events WHERE request_id = 'call-of-bob'")

        self.expect_found(event)

    def test_a_row_that_nobody_wrote(self):
        with sqlite3.connect(self.database) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(events)")]
            copied = ", ".join("id + 1000" if name == "id" else name for name in columns)
            database.execute(f"INSERT INTO events SELECT {copied} FROM events WHERE request_id = 'call-0'")
        database.close()

        self.expect_found(re.sub(r"\d+$", lambda n: str(int(n[0]) + 1000), self.event_id_of_the_first()))

    def event_id_of_the_first(self):
        events = [event["event_id"] for event in self.gateway.export_events() if event["request_id"] == "call-0"]
        return min(events, key=lambda event_id: int(event_id.rsplit(".", 1)[1]))

    def test_a_user_who_got_another_name(self):
        event = self.event_id("call-of-bob")
        self.change("UPDATE users SET user_id = 'mallory' WHERE user_id = 'bob'")

        self.expect_found(event)

    def test_totals_that_were_raised(self):
        self.change("UPDATE daily_totals SET tokens = tokens + 1 "
                    "WHERE user = (SELECT code FROM users WHERE user_id = 'alice')")

        self.expect_found(f"alice {self.today}", "3000", "3001")

    def test_a_breakdown_that_was_changed(self):
        self.change("UPDATE daily_totals SET by_operation = replace(by_operation, '\"chat\"', '\"qa\"') "
                    "WHERE user = (SELECT code FROM users WHERE user_id = 'bob')")

        self.expect_found(f"bob {self.today}")

    def test_totals_of_all_that_were_changed(self):
        self.change("UPDATE daily_totals SET operations = operations - 1 WHERE user = 0")

        self.expect_found(f"global {self.today}")

    def test_totals_that_were_removed(self):
        self.change("DELETE FROM daily_totals WHERE user = (SELECT code FROM users WHERE user_id = 'bob')")

        self.expect_found(f"bob {self.today}")

    def test_totals_of_a_day_without_events(self):
        with sqlite3.connect(self.database) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(daily_totals)")]
            copied = ", ".join("day - 1" if name == "day" else name for name in columns)
            database.execute(f"INSERT INTO daily_totals SELECT {copied} FROM daily_totals WHERE user <> 0 LIMIT 1")
        database.close()

        self.expect_found("daily_stats")

    def test_a_position_that_was_moved(self):
        self.change("UPDATE runs SET applied = applied + 3")

        self.expect_found()

    def test_a_flipped_bit_in_the_journal(self):
        [segment] = [path for path in self.segments() if b"call-0" in path.read_bytes()]
        content = bytearray(segment.read_bytes())
        content[content.rindex(b"call-0")] ^= 1
        segment.write_bytes(content)

        said = self.expect_found(segment.stem)

        self.assertRegex(said, r"offset \d+")
        self.gateway.start()
        self.assertNotEqual(self.gateway.server.wait(), 0, "bytes that a sync had covered are damaged")
        self.assertIn(str(segment), self.gateway.server.log())

    def test_nothing_wrong_in_a_stopped_and_a_running_one(self):
        self.gateway.start_ready()
        self.call("alice", "one-more")

        self.assert_verified()

    def test_a_part_of_the_days(self):
        self.change("UPDATE daily_totals SET tokens = tokens + 1 WHERE user = 0")

        later = self.gateway.command("verify", "--from", "2199-01-01")
        today = self.gateway.command("verify", "--from", str(self.today))

        self.assertEqual((later.returncode, today.returncode), (0, 1), later.stdout + today.stdout)


class Rebuild(Stored):
    def expect_rebuilt(self, *arguments):
        done = self.gateway.command("rebuild", *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assert_verified()
        self.gateway.start_ready()
        self.assertEqual(self.gateway.my_usage("alice"), self.usage)

    def remove_database(self):
        for path in self.gateway.data.glob("usage.db*"):
            path.unlink()

    def test_a_row_that_was_altered_is_not_passed_over_in_silence(self):
        self.change("UPDATE events SET tokens_used = 1 WHERE request_id = 'call-2'")

        done = self.gateway.command("rebuild")

        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("1 stored events are not what the journal has", done.stdout)

    def test_totals_that_were_dropped(self):
        self.change("DELETE FROM daily_totals")

        self.expect_rebuilt()

    def test_totals_that_were_changed_from_a_day_on(self):
        self.change("UPDATE daily_totals SET tokens = tokens * 2, operations = 7")

        self.expect_rebuilt("--from", str(self.today))

    def test_a_database_that_is_gone_while_the_journal_holds_everything(self):
        self.remove_database()

        self.expect_rebuilt()

    def test_rows_that_are_gone_while_the_journal_holds_them(self):
        self.change("DELETE FROM events WHERE request_id = 'call-1'")

        self.expect_rebuilt()

    def test_what_the_journal_holds_no_more_is_named_and_nothing_is_changed(self):
        self.gateway.start_ready()
        with Load(self.gateway.server.address, app_token("u" * 250), threads=4, kinds=("plain",), id_padding=100):
            eventually(lambda: len(self.segments()) >= 5, "the journal has several segments of one run", 120)
        self.gateway.my_usage("alice")
        self.gateway.stop()
        events = self.gateway.export_events()
        *_, runs_first, _ = self.segments()
        self.remove_database()
        for segment in self.segments():
            if segment <= runs_first:
                segment.unlink()

        done = self.gateway.command("rebuild")

        self.assertNotEqual(done.returncode, 0)
        incarnation = events[-1]["event_id"].split(".")[1]
        self.assertIn(incarnation, done.stderr)
        self.assertRegex(done.stderr, r"\b1\b", "the first number of the run is missing")
        self.assertEqual(self.gateway.command("export", "--what", "events", "--format", "jsonl").stdout, "")

    def test_a_server_that_finds_no_database_fills_it_from_the_journal(self):
        self.remove_database()

        self.gateway.start_ready()

        self.assertEqual(self.gateway.my_usage("alice"), self.usage)
        self.assert_verified()


if __name__ == "__main__":
    unittest.main()
