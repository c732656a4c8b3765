"""An AI application of the tests' own, which does what a test tells it to: withhold, cut, delay, answer nonsense."""
import json
import socket
import threading

from client import LAST_CHUNK, chunk_bytes

ANSWER = {"answer": "a plain answer without a usage object"}


class Gone(Exception):
    """The other side closed the connection, or a test did."""


class Call:
    """One request as the application sees it, and the means to answer it."""

    def __init__(self, upstream, connection, head):
        self.upstream = upstream
        self._connection = connection
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ", 2)
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.names = [name.lower() for name, _ in self.fields]
        self.body = b""
        self._left = int(self.get("Content-Length", 0))
        self._chunked = self.get("Transfer-Encoding", "").lower() == "chunked"
        self.body_ended = not self._chunked and self._left == 0

    def get(self, name, otherwise=None):
        values = self.all(name)
        return values[0] if values else otherwise

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    # --- the request's body ---

    def read_piece(self):
        """Some more of the body, empty at its end."""
        if self.body_ended:
            return b""
        if self._chunked and self._left == 0:
            self._left = int(self._connection.line(), 16)
            if self._left == 0:
                self._connection.line()
                self.body_ended = True
                return b""
        piece = self._connection.some(self._left)
        self._left -= len(piece)
        if self._left == 0 and self._chunked:
            self._connection.line()
        self.body_ended = not self._chunked and self._left == 0
        return piece

    def read_body(self):
        whole = bytearray(self.body)
        while piece := self.read_piece():
            whole += piece
        self.body = bytes(whole)
        return self.body

    # --- the answer ---

    def send(self, data):
        self._connection.send(data)

    def reply(self, status=200, body=ANSWER, fields=()):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields = [("Content-Type", "application/json"), *fields]
        head = self._head(status, [*fields, ("Content-Length", len(body))])
        self.send(head if self.method == "HEAD" else head + body)

    def start(self, status=200, fields=(("Content-Type", "text/event-stream"),)):
        """Begins a chunked answer."""
        self.send(self._head(status, [*fields, ("Transfer-Encoding", "chunked")]))

    def chunk(self, data):
        self.send(chunk_bytes(data))

    def event(self, content):
        self.chunk(b"data: " + (content if isinstance(content, bytes) else json.dumps(content).encode()) + b"\n\n")

    def end(self):
        self.send(LAST_CHUNK)

    def close(self):
        raise Gone

    def reset(self):
        self._connection.reset()
        raise Gone

    def wait_until_gone(self):
        """Returns when the other side has closed."""
        self._connection.wait_for_end()

    def receive_raw(self, most=1 << 16):
        return self._connection.some(most)

    @staticmethod
    def _head(status, fields):
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in fields)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class _Connection:
    def __init__(self, sock):
        self.socket = sock
        self.buffer = bytearray()

    def fill(self):
        try:
            data = self.socket.recv(1 << 18)
        except TimeoutError:
            raise
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.buffer += data

    def until(self, mark):
        while (end := self.buffer.find(mark)) < 0:
            self.fill()
        data = bytes(self.buffer[:end])
        del self.buffer[: end + len(mark)]
        return data

    def line(self):
        return self.until(b"\r\n")

    def some(self, most):
        if not self.buffer:
            self.fill()
        data = bytes(self.buffer[:most])
        del self.buffer[:most]
        return data

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Gone from error

    def wait_for_end(self):
        try:
            while True:
                self.fill()
                self.buffer.clear()
        except Gone:
            pass

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


def answer_plainly(call):
    call.read_body()
    call.reply()


class Upstream:
    """Listens on a free port, a thread for each connection. `answer(call)` may be replaced at any time.

    An answer that raises Gone, or returns with the request's body unread, ends the connection.
    """

    def __init__(self, answer=None, idle_seconds=None):
        self.answer = answer or answer_plainly
        self.idle_seconds = idle_seconds  # after which a connection between two requests is closed
        self.calls = []
        self.connections = 0
        self._lock = threading.Lock()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = self._listener.getsockname()
        self.url = "http://127.0.0.1:%d" % self.address[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Stops listening and cuts what is open; later connections are refused."""
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._listener.close()
        with self._lock:
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(sock)
        try:
            while True:
                sock.settimeout(self.idle_seconds)
                head = connection.until(b"\r\n\r\n")
                sock.settimeout(None)
                call = Call(self, connection, head)
                with self._lock:
                    self.calls.append(call)
                self.answer(call)
                if not call.body_ended:
                    call.read_body()
        except (Gone, TimeoutError):
            pass
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()
