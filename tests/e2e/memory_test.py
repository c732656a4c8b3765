"""What the server takes from the machine: idle, and with a thousand streams open."""
import resource
import threading
import unittest

from client import Connection
from harness import EndToEnd, eventually
from tokens import app_token, bearer

STREAMS = 1_000
IDLE_BYTES = 60 << 20
STREAM_BYTES = 20 << 10


class Memory(EndToEnd):
    def setUp(self):
        # Both the server and this test hold two sockets a stream.
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8 * STREAMS), hard))
        threading.stack_size(256 << 10)
        self.addCleanup(threading.stack_size, 0)
        super().setUp()

    def test_an_idle_server_is_small(self):
        self.assertLess(self.gateway.resident_bytes(), IDLE_BYTES)

    def test_an_open_stream_costs_little(self):
        may_end = threading.Event()

        def answer(call):
            call.read_body()
            call.start()
            call.event({"delta": "one"})
            may_end.wait(120)
            call.event({"delta": "two"})
            call.end()

        self.upstream.answer = answer
        fields = [bearer(app_token("alice"))]
        connections, streams = [], []
        self.addCleanup(lambda: [connection.close() for connection in connections])

        def open_streams(count):
            for _ in range(count):
                connection = Connection(self.gateway.server.address, timeout=60)
                connections.append(connection)
                connection.send_request("POST", "/ai/chat/stream", fields, {"message": "hello"})
                streams.append(connection.pieces(connection.receive_head()))
                next(streams[-1])

        open_streams(20)  # what is allocated once is there
        before = self.gateway.resident_bytes()
        open_streams(STREAMS)
        grown = self.gateway.resident_bytes() - before
        print(f"{grown / STREAMS:.0f} bytes a stream")

        self.assertEqual(self.gateway.get_json("/ai/usage/realtime", app_token("root", role="admin"))["in_flight"], STREAMS + 20)
        self.assertLess(grown, STREAMS * STREAM_BYTES)
        may_end.set()
        for stream in streams:
            self.assertIn(b"two", b"".join(stream))
        self.assertEqual(self.gateway.my_usage("alice")["successful_operations"], STREAMS + 20)

    def test_calls_that_have_ended_leave_nothing(self):
        token = app_token("alice")
        with self.gateway.connect() as connection:
            def calls(count):
                for _ in range(count):
                    connection.call("POST", "/ai/chat", [bearer(token)], b"{}")

            calls(3_000)
            self.gateway.my_usage("alice")
            before = self.gateway.resident_bytes()
            calls(6_000)
            self.gateway.my_usage("alice")

            eventually(lambda: self.gateway.resident_bytes() - before < (4 << 20), "memory stays where it was", 10)


if __name__ == "__main__":
    unittest.main()
