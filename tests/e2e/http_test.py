"""HTTP/1.1 at its edges: pipelining, framing, Expect, HEAD, HTTP/1.0, limits, slow clients."""
import os
import socket
import threading
import time
import unittest

from client import LAST_CHUNK, Connection, chunk_bytes, head_bytes, request_bytes
from harness import EndToEnd, eventually
from tokens import app_token, bearer


class Messages(EndToEnd):
    def setUp(self):
        super().setUp()
        self.auth = bearer(app_token("alice"))

    def test_pipelined_requests_are_answered_in_their_order(self):
        def answer(call):
            call.read_body()
            call.reply(body={"saw": call.body.decode(), "path": call.target})

        self.upstream.answer = answer
        requests = [("/ai/chat", b"1"), ("/ai/qa", b"22"), ("/ai/chat", b"333")]
        with self.gateway.connect() as connection:
            connection.send(b"".join(request_bytes("POST", path, [self.auth], body) for path, body in requests)
                            + request_bytes("GET", "/ai/usage/me", [self.auth]))
            answers = [connection.receive().json() for _ in requests]
            usage = connection.receive().json()

        self.assertEqual(answers, [{"saw": body.decode(), "path": path} for path, body in requests])
        self.assertEqual(usage["total_operations"], 3)

    def test_pipelined_uploads_behind_chunks_are_told_apart(self):
        def answer(call):
            call.read_body()
            call.reply(body={"bytes": len(call.body)})

        self.upstream.answer = answer
        chunked = head_bytes("POST", "/ai/upload", [self.auth, ("Transfer-Encoding", "chunked")])
        counted = request_bytes("POST", "/ai/upload", [self.auth], b"hello")
        with self.gateway.connect() as connection:
            connection.send(chunked + chunk_bytes(b"abc") + LAST_CHUNK + counted)
            self.assertEqual([connection.receive().json()["bytes"] for _ in range(2)], [3, 5])

    def test_a_body_that_comes_byte_by_byte_is_whole(self):
        with self.gateway.connect() as connection:
            for byte in request_bytes("POST", "/ai/chat", [self.auth], b'{"a":1}'):
                connection.send(bytes([byte]))
            self.assertEqual(connection.receive().status, 200)

        self.assertEqual(self.upstream.calls[-1].body, b'{"a":1}')

    def test_framing_that_can_be_read_in_two_ways_is_refused(self):
        cases = {
            "both": [("Content-Length", "3"), ("Transfer-Encoding", "chunked")],
            "two lengths": [("Content-Length", "3"), ("Content-Length", "4")],
            "a list of lengths": [("Content-Length", "3, 4")],
            "a sign": [("Content-Length", "+3")],
            "a coding beside chunked": [("Transfer-Encoding", "gzip, chunked")],
            "space before the colon": [("Content-Length ", "3")],
        }
        for name, fields in cases.items():
            with self.subTest(name), self.gateway.connect() as connection:
                connection.send(head_bytes("POST", "/ai/chat", [self.auth, *fields]) + b"abc")
                answer = connection.receive()
                self.assertIn(answer.status, (400, 501), answer)
                self.assertTrue(connection.is_closed(), "what follows cannot be told")
        self.assertEqual(self.upstream.calls, [])

    def test_ambiguous_paths_go_nowhere(self):
        for target in ("/ai//chat", "/ai/./chat", "/ai/../ai/chat", "/ai/%2e%2e/chat", "/ai%2Fchat", "/ai/chat%5C", "/ai/chat%00",
                       "/ai/chat;a=1", "/ai\\chat", "ai/chat", "/ai/chat%zz"):
            with self.subTest(target):
                answer = self.gateway.call("POST", target, app_token("alice"), body={})
                self.assert_problem(answer, 400, answer.json()["code"])
        self.assertEqual(self.upstream.calls, [])

    def test_go_on_is_said_after_the_token_has_been_looked_at(self):
        fields = [("Content-Length", 2), ("Expect", "100-continue")]
        with self.gateway.connect() as connection:
            connection.send_head("POST", "/ai/upload", [self.auth, *fields])
            self.assertEqual(connection.receive_head().status, 100)
            connection.send(b"{}")
            self.assertEqual(connection.receive().status, 200)
        self.assertEqual(self.upstream.calls[-1].all("Expect"), [])

        with self.gateway.connect() as connection:
            connection.send_head("POST", "/ai/upload", fields)
            self.assertEqual(connection.receive_head().status, 401)

    def test_head_has_the_fields_of_get_and_no_body(self):
        with self.gateway.connect() as connection:
            got = connection.call("GET", "/ai/usage/me", [self.auth])
            head = connection.call("HEAD", "/ai/usage/me", [self.auth])
            again = connection.call("GET", "/ai/usage/me", [self.auth])

        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.get("Content-Type"), got.get("Content-Type"))
        self.assertEqual(again.json(), got.json())

    def test_http_1_0_gets_a_body_that_ends_with_the_connection(self):
        def answer(call):
            call.read_body()
            call.start()
            call.event({"delta": "one"})
            call.end()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send(head_bytes("POST", "/ai/chat/stream", [self.auth, ("Content-Length", 2)], "HTTP/1.0") + b"{}")
            answer = connection.receive()

        self.assertEqual((answer.status, answer.get("Transfer-Encoding")), (200, None))
        self.assertEqual(answer.body, b'data: {"delta": "one"}\n\n')

    def test_http_1_0_with_a_length_may_keep_its_connection(self):
        fields = [self.auth, ("Connection", "keep-alive")]
        with self.gateway.connect() as connection:
            for _ in range(2):
                connection.send(head_bytes("GET", "/ai/usage/me", fields, "HTTP/1.0"))
                answer = connection.receive()
                self.assertEqual((answer.status, answer.get("Connection", "").lower()), (200, "keep-alive"))

    def test_our_own_routes_answer_without_waiting_for_a_body(self):
        for fields in ([("Content-Length", 1_000_000)], [("Transfer-Encoding", "chunked")],
                       [("Content-Length", 10), ("Expect", "100-continue")]):
            with self.subTest(fields), self.gateway.connect() as connection:
                connection.send_head("GET", "/health", fields)
                answer = connection.receive_head()
                self.assertEqual((answer.status, answer.get("Connection")), (200, "close"))

    def test_a_small_body_to_our_own_routes_is_passed_over(self):
        with self.gateway.connect() as connection:
            connection.send(request_bytes("GET", "/health", body=b"not wanted") + head_bytes("GET", "/tallygate/livez"))
            self.assertEqual([connection.receive().status for _ in range(2)], [200, 200])

    def test_a_connection_that_is_to_close_closes(self):
        with self.gateway.connect() as connection:
            answer = connection.call("POST", "/ai/chat", [self.auth, ("Connection", "close")], {})
            self.assertEqual((answer.status, answer.get("Connection", "").lower()), (200, "close"))
            self.assertTrue(connection.is_closed())

    def test_paths_and_methods_that_nobody_serves(self):
        self.assert_problem(self.gateway.call("GET", "/nothing/here"), 404, "not_found")
        answer = self.gateway.call("PUT", "/ai/usage/me", app_token("alice"), body={})
        self.assert_problem(answer, 405, "method_not_allowed")
        self.assertIn("GET", answer.get("Allow"))
        answer = self.gateway.call("GET", "/ai/chat", app_token("alice"))
        self.assert_problem(answer, 405, "method_not_allowed")
        self.assertEqual(answer.get("Allow"), "POST")
        self.assertEqual(self.upstream.calls, [])

    def test_a_head_beyond_the_limit_is_refused(self):
        with self.gateway.connect() as connection:
            connection.send(head_bytes("GET", "/health", [(f"X-{n}", "y" * 1000) for n in range(200)]))
            self.assertEqual(connection.receive().status, 431)


class Limits(EndToEnd):
    def setUp(self):
        super().setUp()
        self.auth = bearer(app_token("alice"))

    def test_a_body_that_says_it_is_too_large_is_refused_before_anything_is_forwarded(self):
        with self.gateway.connect() as connection:
            connection.send_head("POST", "/ai/upload", [self.auth, ("Content-Length", (200 << 20) + 1)])
            self.assert_problem(connection.receive(), 413, "payload_too_large")
        self.assertEqual(self.upstream.calls, [])
        self.assertEqual(self.gateway.my_usage("alice")["total_operations"], 0)

    def test_a_chunked_body_that_becomes_too_large_is_cut_and_counted(self):
        piece = chunk_bytes(bytes(1 << 20))
        with self.gateway.connect() as connection:
            connection.send_head("POST", "/ai/upload",
                                 [self.auth, ("Transfer-Encoding", "chunked"), ("X-Request-Id", "too-large")])
            try:
                for _ in range(220):
                    connection.send(piece)
            except ConnectionError:
                pass  # refused in the middle of it
            self.assertEqual(connection.receive_head().status, 413)
        event = self.gateway.event_of("too-large")
        self.assertEqual((event["success"], event["error_class"], event["tokens_used"]), (False, "payload_too_large", 0))

    def test_a_head_that_never_ends_gets_a_time_out(self):
        with self.gateway.connect() as connection:
            connection.send(b"POST /ai/chat HTTP/1.1\r\nHost: app.example\r\nX-Slow: ")
            answer = connection.receive()
            self.assert_problem(answer, 408, "request_timeout")
            self.assertTrue(connection.is_closed())

    def test_a_client_that_only_connects_takes_nothing_from_others(self):
        idle = [socket.create_connection(self.gateway.server.address) for _ in range(200)]
        try:
            self.assertEqual(self.gateway.call("POST", "/ai/chat", app_token("alice"), body={}).status, 200)
        finally:
            for sock in idle:
                sock.close()


class NoRoom(EndToEnd):
    def test_the_limit_of_open_files_is_told_once_and_not_with_each_attempt(self):
        crowded = self.make_gateway().start_ready(wrapper=("prlimit", "--nofile=64"))
        clients = [socket.create_connection(crowded.server.address) for _ in range(80)]
        try:
            eventually(lambda: self.warnings(crowded), "the log says so")
            time.sleep(1)  # ten more attempts
            self.assertLessEqual(len(self.warnings(crowded)), os.cpu_count(), "one for each loop")
        finally:
            for client in clients:
                client.close()
        eventually(lambda: crowded.get("/health").status == 200, "there is room again")

    @staticmethod
    def warnings(gateway):
        return [line for line in list(gateway.server.lines) if "cannot accept a connection" in line]


class ShuttingDown(EndToEnd):
    def test_what_is_in_flight_is_finished_and_nothing_new_is_taken(self):
        asked, may_end = threading.Event(), threading.Event()

        def answer(call):
            call.read_body()
            call.start()
            call.event({"delta": "one"})
            asked.set()
            may_end.wait(30)
            call.event({"delta": "two"})
            call.end()

        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send_request("POST", "/ai/chat/stream",
                                    [bearer(app_token("alice")), ("X-Request-Id", "in-flight")], {})
            head = connection.receive_head()
            self.assertTrue(asked.wait(30))
            address = self.gateway.server.address
            self.gateway.server.process.terminate()
            self.wait_until_refused(address)
            may_end.set()
            body = b"".join(connection.pieces(head))

        self.assertIn(b"two", body)
        self.assertEqual(self.gateway.server.wait(), 0)
        self.assertTrue(self.gateway.event_of("in-flight")["success"])
        self.assert_verified()

    @staticmethod
    def wait_until_refused(address):
        def refused():
            try:
                with Connection(address, timeout=5):
                    return False
            except OSError:
                return True

        eventually(refused, "no new connections")


if __name__ == "__main__":
    unittest.main()
