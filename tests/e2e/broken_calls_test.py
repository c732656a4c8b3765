"""Calls that go wrong: what the client gets and what is stored of them."""
import unittest

from client import BrokenOff
from harness import EndToEnd, eventually
from tokens import app_token, bearer


class BrokenCalls(EndToEnd):
    config = """
[upstream.app]
first_byte_timeout_seconds = 0.5
idle_timeout_seconds = 0.5
connect_timeout_seconds = 1
[[route]]
match = "POST /ai/qa"
upstream = "app"
operation = "qa"
estimate_tokens = 800
usage_pointer = "/usage"
[[route]]
match = "POST /ai/qa/stream"
upstream = "app"
operation = "qa_stream"
estimate_tokens = 800
usage_pointer = "/usage"
"""

    def call(self, path="/ai/chat", request_id="the-call", body=b"{}"):
        return self.gateway.call("POST", path, app_token("alice"), [("X-Request-Id", request_id)], body)

    def expect_row(self, request_id="the-call", **expected):
        """The stored event has these values; those not named are of a failed call without output."""
        event = eventually(lambda: self.row_of(request_id), "the call is stored")
        expected = {"success": False, "status": None, "error_class": None, "tokens_used": 0, "token_source": "none",
                    "client_gone": False, **expected}
        self.assertEqual({name: event[name] for name in expected}, expected)
        return event

    def row_of(self, request_id):
        try:
            return self.gateway.event_of(request_id)
        except AssertionError:
            return None

    # --- before an answer ---

    def test_an_upstream_that_refuses(self):
        self.upstream.close()

        self.assert_problem(self.call(), 502, "upstream_refused")

        self.expect_row(error_class="upstream_refused")

    def test_an_upstream_that_is_not_there_is_named_in_the_log_once_for_many_calls(self):
        port = self.upstream.address[1]
        self.upstream.close()
        for _ in range(5):
            self.assertNotIn(str(port), self.call().json()["detail"])

        said = eventually(lambda: [line for line in self.gateway.server.lines if "level=warn" in line], "a warning")
        self.assertEqual(len(said), 1, said)
        self.assertIn("upstream_refused", said[0])
        self.assertIn(f"127.0.0.1:{port}", said[0])

    def test_an_upstream_that_closes_without_a_word(self):
        self.upstream.answer = lambda call: (call.read_body(), call.close())

        self.assert_problem(self.call(), 502, "upstream_closed")

        self.expect_row(error_class="upstream_closed")

    def test_an_upstream_that_resets(self):
        self.upstream.answer = lambda call: (call.read_body(), call.reset())

        self.assert_problem(self.call(), 502, "upstream_closed")

        self.expect_row(error_class="upstream_closed")

    def test_an_upstream_that_says_nothing(self):
        self.upstream.answer = lambda call: (call.read_body(), call.wait_until_gone())

        self.assert_problem(self.call(), 504, "upstream_timeout")

        self.expect_row(error_class="upstream_timeout")

    def test_an_upstream_that_talks_nonsense(self):
        for nonsense in (b"HELLO\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                         b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                         b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
                         b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000):
            with self.subTest(nonsense=nonsense[:40]):
                request_id = f"nonsense-{len(self.upstream.calls)}"
                self.upstream.answer = lambda call, bytes_=nonsense: (call.read_body(), call.send(bytes_), call.wait_until_gone())
                self.assert_problem(self.call(request_id=request_id), 502, "upstream_malformed")
                self.expect_row(request_id, error_class="upstream_malformed")

    # --- in the middle of an answer ---

    def expect_cut(self, answer, path="/ai/chat/stream"):
        self.upstream.answer = answer
        with self.gateway.connect() as connection:
            connection.send_request("POST", path, [bearer(app_token("alice")), ("X-Request-Id", "the-call")], b"{}")
            head = connection.receive_head()
            self.assertEqual(head.status, 200)
            with self.assertRaises(BrokenOff):
                list(connection.pieces(head))

    def test_an_upstream_that_closes_in_the_middle(self):
        self.expect_cut(lambda call: (call.read_body(), call.start(), call.event({"delta": "one"}), call.close()))

        self.expect_row(status=200, error_class="upstream_closed", tokens_used=750, token_source="estimate", streamed=True)

    def test_an_upstream_that_ends_before_its_content_length(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        self.expect_cut(lambda call: (call.read_body(), call.send(head + b'{"answer":'), call.close()), "/ai/chat")

        self.expect_row(status=200, error_class="upstream_closed", tokens_used=500, token_source="estimate")

    def test_an_upstream_that_closes_before_its_first_byte_of_content(self):
        self.expect_cut(lambda call: (call.read_body(), call.start(), call.close()))

        self.expect_row(status=200, error_class="upstream_closed")

    def test_an_upstream_that_falls_silent_in_the_middle(self):
        self.expect_cut(lambda call: (call.read_body(), call.start(), call.event({"delta": "one"}), call.wait_until_gone()))

        self.expect_row(status=200, error_class="upstream_timeout", tokens_used=750, token_source="estimate")

    def test_an_upstream_whose_chunks_go_wrong(self):
        self.expect_cut(lambda call: (call.read_body(), call.start(), call.event({"delta": "one"}), call.send(b"zz\r\nhello\r\n"),
                                      call.wait_until_gone()))

        self.expect_row(status=200, error_class="upstream_malformed", tokens_used=750, token_source="estimate")

    # --- the client ---

    def test_a_client_that_leaves_before_the_answer_ends_its_upstream_call(self):
        gone = []
        self.upstream.answer = lambda call: (call.read_body(), call.wait_until_gone(), gone.append(True))
        connection = self.gateway.connect()
        connection.send_request("POST", "/ai/chat", [bearer(app_token("alice")), ("X-Request-Id", "the-call")], b"{}")
        eventually(lambda: self.upstream.calls, "forwarded")
        connection.reset()

        eventually(lambda: gone, "the upstream's connection ends")
        self.expect_row(error_class="client_gone", client_gone=True)

    def test_a_client_that_leaves_in_the_middle_of_a_stream(self):
        gone = []

        def answer(call):
            call.read_body()
            call.start()
            try:
                while True:
                    call.event({"delta": "x" * 1000})
            finally:
                gone.append(True)

        self.upstream.answer = answer
        connection = self.gateway.connect()
        connection.send_request("POST", "/ai/chat/stream", [bearer(app_token("alice")), ("X-Request-Id", "the-call")], b"{}")
        next(connection.pieces(connection.receive_head()))
        connection.reset()

        eventually(lambda: gone, "the upstream's connection ends")
        self.expect_row(status=200, error_class="client_gone", client_gone=True, tokens_used=750, token_source="estimate",
                        streamed=True)

    def test_a_client_that_leaves_in_the_middle_of_an_upload(self):
        self.upstream.answer = lambda call: call.read_body()
        connection = self.gateway.connect()
        connection.send_head("POST", "/ai/upload",
                             [bearer(app_token("alice")), ("Content-Length", 1000), ("X-Request-Id", "the-call")])
        connection.send(b"only this")
        eventually(lambda: self.upstream.calls, "forwarded")
        connection.reset()

        self.expect_row(error_class="client_gone", client_gone=True)

    # --- answers that say no, and answers that say how much ---

    def test_a_failure_of_the_application_is_a_failed_operation_without_tokens(self):
        for status in (400, 429, 500):
            self.upstream.answer = lambda call, status_=status: (call.read_body(), call.reply(status_, {"error": "sorry"}))
            with self.subTest(status):
                answer = self.call(request_id=f"status-{status}")
                self.assertEqual((answer.status, answer.json()), (status, {"error": "sorry"}))
                self.expect_row(f"status-{status}", status=status, error_class="upstream_status")

    def test_usage_in_an_answer_is_what_counts(self):
        usage = {"input_tokens": 11, "output_tokens": 22, "cache_read_tokens": 3}
        self.upstream.answer = lambda call: (call.read_body(), call.reply(body={"answer": "yes", "usage": usage}))

        self.call("/ai/qa")

        self.expect_row(success=True, status=200, tokens_used=36, token_source="provider", input_tokens=11, output_tokens=22,
                        cache_read_tokens=3, cache_write_tokens=None, streamed=False)

    def test_usage_in_a_streams_last_event_is_what_counts(self):
        def answer(call):
            call.read_body()
            call.start()
            call.event({"delta": "one"})
            call.event({"usage": {"prompt_tokens": 7, "completion_tokens": 5}})
            call.event(b"[DONE]")
            call.end()

        self.upstream.answer = answer

        self.call("/ai/qa/stream")

        self.expect_row(success=True, status=200, tokens_used=12, token_source="provider", streamed=True)

    def test_a_failure_that_reports_usage_has_it(self):
        self.upstream.answer = lambda call: (call.read_body(), call.reply(500, {"usage": {"total_tokens": 9}}))

        self.call("/ai/qa")

        self.expect_row(status=500, error_class="upstream_status", tokens_used=9, token_source="provider")

    def test_an_answer_without_usage_has_the_estimate(self):
        self.call("/ai/qa")

        self.expect_row(success=True, status=200, tokens_used=800, token_source="estimate")


if __name__ == "__main__":
    unittest.main()
