"""Bodies stream: nothing waits for what comes later, nothing is altered, nothing grows."""
import hashlib
import pathlib
import threading
import unittest

from client import LAST_CHUNK, chunk_bytes
from harness import PATIENCE_SECONDS, EndToEnd, eventually
from tokens import app_token, bearer

MEGABYTE = 1 << 20
BIG = 100 * MEGABYTE
MAY_GROW = 4 * MEGABYTE


def megabytes(count):
    """Bytes that no coding makes shorter, the same each time, a megabyte a piece."""
    for number in range(count):
        piece = hashlib.shake_128(number.to_bytes(4, "big")).digest(MEGABYTE)
        yield piece


class Streaming(EndToEnd):
    def fields(self, *more):
        return [bearer(app_token("alice")), *more]

    def test_an_event_arrives_before_the_application_has_the_next(self):
        first_arrived = threading.Event()
        released = []

        def answer(call):
            call.read_body()
            call.start()
            call.event({"delta": "first"})
            released.append(first_arrived.wait(PATIENCE_SECONDS))
            call.event({"delta": "second"})
            call.end()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send_request("POST", "/ai/chat/stream", self.fields(), {"message": "hello"})
            head = connection.receive_head()
            pieces = connection.pieces(head)
            first = next(pieces)
            first_arrived.set()
            rest = b"".join(pieces)

        self.assertEqual(released, [True], "the first event came before the second existed")
        self.assertEqual(head.get("Content-Type"), "text/event-stream")
        self.assertEqual((first, rest), (b'data: {"delta": "first"}\n\n', b'data: {"delta": "second"}\n\n'))

    def test_an_answers_head_arrives_before_its_body_exists(self):
        head_arrived = threading.Event()
        released = []

        def answer(call):
            call.read_body()
            call.start()
            released.append(head_arrived.wait(PATIENCE_SECONDS))
            call.end()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send_request("POST", "/ai/chat/stream", self.fields(), {})
            self.assertEqual(connection.receive_head().status, 200)
            head_arrived.set()

        eventually(lambda: released == [True], "the head came first")

    def test_the_application_reads_an_uploads_first_byte_before_the_last_is_sent(self):
        first_read = threading.Event()

        def answer(call):
            call.body = call.read_piece()
            first_read.set()
            call.read_body()
            call.reply(body={"bytes": len(call.body)})

        self.upstream.answer = answer
        for framing in ("length", "chunked"):
            first_read.clear()
            with self.subTest(framing=framing), self.gateway.connect() as connection:
                chunked = framing == "chunked"
                field = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", 3 * MEGABYTE)
                connection.send_head("POST", "/ai/upload", self.fields(field))
                piece = bytes(MEGABYTE)
                for _ in range(2):
                    connection.send(chunk_bytes(piece) if chunked else piece)
                self.assertTrue(first_read.wait(PATIENCE_SECONDS), "the first byte waits for the last")
                connection.send(chunk_bytes(piece) + LAST_CHUNK if chunked else piece)
                self.assertEqual(connection.receive().json(), {"bytes": 3 * MEGABYTE})

    def test_an_answer_may_begin_while_the_upload_still_runs(self):
        def answer(call):
            call.start()
            while piece := call.read_piece():
                call.chunk(piece)
            call.end()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send_head("POST", "/ai/upload", self.fields(("Transfer-Encoding", "chunked")))
            connection.send(chunk_bytes(b"ping"))
            pieces = connection.pieces(connection.receive_head())
            self.assertEqual(next(pieces), b"ping")
            connection.send(chunk_bytes(b"pong"))
            self.assertEqual(next(pieces), b"pong")
            connection.send(LAST_CHUNK)
            self.assertEqual(list(pieces), [])

    def test_a_slow_reader_slows_the_application_and_not_the_memory(self):
        sent = [0]

        def answer(call):
            call.read_body()
            call.start()
            for _ in range(200):
                call.chunk(bytes(MEGABYTE))
                sent[0] += MEGABYTE
            call.end()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            before = self.gateway.resident_bytes()
            connection.send_request("POST", "/ai/chat/stream", self.fields(), {})
            connection.receive_head()
            self.assertTrue(self.stands_still(lambda: sent[0]), "the application is not slowed")
            self.assertLess(sent[0], 64 * MEGABYTE, "what was sent and not read lies somewhere")
            self.assertLess(self.gateway.resident_bytes() - before, MAY_GROW)

    @staticmethod
    def stands_still(value):
        """Whether `value()` stops changing."""
        seen = [None]

        def same():
            last, seen[0] = seen[0], value()
            pause.wait(0.5)
            return last == seen[0] and last > 0

        pause = threading.Event()
        return eventually(same, "stands still")


class BigBodies(EndToEnd):
    def setUp(self):
        super().setUp()
        self.fields = [bearer(app_token("alice"))]
        self.temporary_files_before = self.temporary_files()
        self.watched = []
        # Everything is allocated that a call needs, before anything is measured.
        self.gateway.call("POST", "/ai/chat", app_token("alice"), body={})

    def temporary_files(self):
        """The server's files that are neither the journal's nor the store's, by what they link to."""
        ours = (str(self.gateway.data), "socket:", "anon_inode:", "pipe:", "/dev/")
        return sorted(name for name in self.gateway.open_files() if not name.startswith(ours))

    def watch(self):
        self.watched.append(self.gateway.resident_bytes())
        self.assertEqual(self.temporary_files(), self.temporary_files_before)

    def expect_nothing_grew(self):
        self.assertLess(max(self.watched) - self.watched[0], MAY_GROW, f"{len(self.watched)} looks")
        names = {entry.name for entry in pathlib.Path(self.gateway.data).rglob("*")}
        self.assertFalse({name for name in names if "tmp" in name or "upload" in name}, names)
        large = [entry for entry in pathlib.Path(self.gateway.data).rglob("*") if entry.stat().st_size > BIG // 2]
        self.assertEqual(large, [])

    def expected_digest(self):
        digest = hashlib.sha256()
        for piece in megabytes(BIG // MEGABYTE):
            digest.update(piece)
        return digest.hexdigest()

    def test_an_upload_of_a_hundred_megabytes_arrives_unchanged_and_leaves_no_trace(self):
        def answer(call):
            digest = hashlib.sha256()
            while piece := call.read_piece():
                digest.update(piece)
            call.reply(body={"sha256": digest.hexdigest()})

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            self.watch()
            connection.send_head("POST", "/ai/upload", [*self.fields, ("Content-Length", BIG)])
            for piece in megabytes(BIG // MEGABYTE):
                connection.send(piece)
                self.watch()
            answer = connection.receive()

        self.assertEqual(answer.json(), {"sha256": self.expected_digest()})
        self.expect_nothing_grew()

    def test_a_download_of_a_hundred_megabytes_arrives_unchanged_and_leaves_no_trace(self):
        def answer(call):
            call.read_body()
            call.start(fields=[("Content-Type", "application/octet-stream")])
            for piece in megabytes(BIG // MEGABYTE):
                call.chunk(piece)
            call.end()

        self.upstream.answer = answer
        digest, seen = hashlib.sha256(), 0
        with self.gateway.connect() as connection:
            self.watch()
            connection.send_request("POST", "/ai/chat/stream", self.fields, {})
            for piece in connection.pieces(connection.receive_head()):
                digest.update(piece)
                if seen // MEGABYTE != (seen + len(piece)) // MEGABYTE:
                    self.watch()
                seen += len(piece)

        self.assertEqual((seen, digest.hexdigest()), (BIG, self.expected_digest()))
        self.expect_nothing_grew()


if __name__ == "__main__":
    unittest.main()
