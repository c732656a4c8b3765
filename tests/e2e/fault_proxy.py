"""A TCP proxy before a MongoDB server that breaks what it carries, when a test says so.

It knows as much of the wire protocol as it needs to tell one message from the next and a write from anything else.
"""
import socket
import struct
import threading
import time

WRITES = (b"insert", b"update", b"delete")
OP_MSG = 2013


class FaultProxy:
    """Listens on a loopback port of its own while it is entered. The switches may be turned at any time."""

    def __init__(self, host, port):
        self._upstream = (host, port)
        self._lock = threading.Lock()
        self._sockets = set()
        self._swallow = 0
        self._cut = 0
        self.is_refusing = False
        self.delay_seconds = 0.0
        self.swallowed = 0
        self.cut = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.cut_all()

    # --- what can go wrong ---

    def swallow_acknowledgements(self, count):
        """The next `count` writes reach the server, and their answers nobody."""
        with self._lock:
            self._swallow = count

    def cut_writes(self, count):
        """The next `count` writes do not reach the server; the connection ends."""
        with self._lock:
            self._cut = count

    def cut_all(self):
        """Ends every connection, now."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # --- carrying ---

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        if self.is_refusing:
            client.close()
            return
        try:
            server = socket.create_connection(self._upstream, timeout=30)
        except OSError:
            client.close()
            return
        with self._lock:
            self._sockets |= {client, server}
        try:
            while self._carry_one(client, server):
                pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._sockets -= {client, server}
            client.close()
            server.close()

    def _carry_one(self, client, server):
        """One request and its answer. False where the connection is over."""
        request = read_message(client)
        if request is None:
            return False
        fault = self._fault_of(request)
        if self.delay_seconds:
            time.sleep(self.delay_seconds)
        if fault == "cut":
            return False
        server.sendall(request)
        answer = read_message(server)
        if answer is None or fault == "swallow":
            return False
        client.sendall(answer)
        return True

    def _fault_of(self, request):
        if command_of(request) not in WRITES:
            return None
        with self._lock:
            if self._cut > 0:
                self._cut -= 1
                self.cut += 1
                return "cut"
            if self._swallow > 0:
                self._swallow -= 1
                self.swallowed += 1
                return "swallow"
        return None


def read_exactly(sock, count):
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(min(1 << 20, count - len(data)))
        if not piece:
            return None
        data += piece
    return bytes(data)


def read_message(sock):
    """The next message, header and all; None at the end."""
    head = read_exactly(sock, 4)
    if head is None:
        return None
    rest = read_exactly(sock, struct.unpack("<i", head)[0] - 4)
    return None if rest is None else head + rest


def command_of(message):
    """The name of the command: the first key of the body, which follows the flags and the section's kind."""
    if struct.unpack_from("<i", message, 12)[0] != OP_MSG or message[20] != 0:
        return b""
    return message[26 : message.index(b"\0", 26)]
