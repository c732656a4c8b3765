"""An HTTP/1.1 client that does what it is told, byte for byte, and tells what came back, piece by piece."""
import json
import socket

TIMEOUT_SECONDS = 30


class BrokenOff(Exception):
    """The connection ended before the answer was whole."""


class Answer:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, *reason = lines[0].split(" ", 2)
        self.status = int(status)
        self.reason = reason[0] if reason else ""
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.body = b""

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name, otherwise=None):
        values = self.all(name)
        return values[0] if values else otherwise

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Connection:
    """One connection to `address` (host, port). Use as a context manager."""

    def __init__(self, address, timeout=TIMEOUT_SECONDS):
        self.socket = socket.create_connection(address, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.method = "GET"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes so that the other side sees a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    # --- sending ---

    def send(self, data):
        self.socket.sendall(data)

    def send_head(self, method, target, fields=(), version="HTTP/1.1"):
        self.method = method
        self.send(head_bytes(method, target, fields, version))

    def send_request(self, method, target, fields=(), body=None):
        self.method = method
        self.send(request_bytes(method, target, fields, body))

    # --- receiving ---

    def fill(self):
        """Reads more; False at the connection's orderly end."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionError as error:
            raise BrokenOff(str(error)) from error
        self.buffer += data
        return bool(data)

    def take(self, count):
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def _line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            if not self.fill():
                raise BrokenOff(f"closed after {bytes(self.buffer)!r}")
        return self.take(end + 2)[:-2]

    def receive_head(self):
        """The next head, interim ones (1xx) too."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if not self.fill():
                raise BrokenOff(f"closed before a head; {bytes(self.buffer)!r}")
        return Answer(self.take(end + 4)[:-4])

    def pieces(self, answer):
        """The answer's body as it arrives. Raises BrokenOff where it is not whole."""
        if self.method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            return
        if (answer.get("Transfer-Encoding") or "").lower() == "chunked":
            yield from self._chunks()
        elif (length := answer.get("Content-Length")) is not None:
            yield from self._counted(int(length))
        else:
            while True:
                if self.buffer:
                    yield self.take(len(self.buffer))
                if not self.fill():
                    return

    def _counted(self, left):
        while left:
            if not self.buffer and not self.fill():
                raise BrokenOff(f"closed {left} bytes early")
            piece = self.take(min(left, len(self.buffer)))
            left -= len(piece)
            yield piece

    def _chunks(self):
        while size := int(self._line().split(b";")[0], 16):
            yield from self._counted(size)
            if self._line():
                raise BrokenOff("a chunk without its end")
        while self._line():
            pass

    def receive(self):
        """The next final answer, whole."""
        while (answer := self.receive_head()).status < 200 and answer.status != 101:
            pass
        answer.body = b"".join(self.pieces(answer))
        return answer

    def call(self, method, target, fields=(), body=None):
        self.send_request(method, target, fields, body)
        return self.receive()

    def is_closed(self):
        """Waits for the other side to end; False where it sends something instead."""
        try:
            return not self.buffer and not self.fill()
        except BrokenOff:
            return True


def head_bytes(method, target, fields=(), version="HTTP/1.1"):
    names = {name.lower() for name, _ in fields}
    lines = [f"{method} {target} {version}"]
    if "host" not in names:
        lines.append("Host: app.example")
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request_bytes(method, target, fields=(), body=None):
    if body is None:
        return head_bytes(method, target, fields)
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
        fields = [*fields, ("Content-Type", "application/json")]
    return head_bytes(method, target, [*fields, ("Content-Length", len(body))]) + body


def chunk_bytes(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"
