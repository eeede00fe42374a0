"""The smallest clients that the daemons' sockets can have: bytes out, bytes in until the answer is whole."""

import json
import socket
import time


class Wire:
    """One connection to a UNIX socket."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def exchange(self, request, ending):
        """The answer to a request: what comes until it ends with these bytes."""
        self.socket.sendall(request)
        answer = self.socket.recv(1 << 18)
        while not answer.endswith(ending):
            more = self.socket.recv(1 << 18)
            if not more:
                raise ConnectionError(f"closed after {answer[-200:]!r}")
            answer += more
        return answer

    def everything(self, request):
        """What comes until the other side closes."""
        self.socket.sendall(request)
        return b"".join(iter(lambda: self.socket.recv(1 << 18), b""))

    def pipelined(self, request, answered, count, window):
        """Seconds for so many requests, `window` of them sent at once; `answered` is in each answer once."""
        started = time.perf_counter()
        for _ in range(count // window):
            self.socket.sendall(request * window)
            missing, rest = window, b""
            while missing:
                received = self.socket.recv(1 << 18)
                if not received:
                    raise ConnectionError("closed")
                data = rest + received
                missing -= data.count(answered)
                cut = data.rfind(answered) + len(answered) if answered in data else 0
                rest = data[max(cut, len(data) - len(answered) + 1):]
        return time.perf_counter() - started


class RPC(Wire):
    """JSON-RPC 2.0, one message a line (Docs/protocol.md)."""

    HELLO = {"client": {"name": "bench", "version": "1"}, "protocolRange": {"minimum": 1, "maximum": 1}}

    def __init__(self, path, timeout=30):
        super().__init__(path, timeout)
        self.calls = 0

    def open_session(self):
        self.call("initialize", self.HELLO)
        return self

    def call(self, method, parameters=None, descriptors=()):
        """The result; descriptors go with the line's first byte."""
        self.calls += 1
        line = request(method, parameters, len(descriptors), self.calls)
        if descriptors:
            sent = socket.send_fds(self.socket, [line], descriptors)
            line = line[sent:]
        answer = json.loads(self.exchange(line, b"\n"))
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]


def request(method, parameters=None, descriptors=0, identity=1):
    """A request's line."""
    message = {"jsonrpc": "2.0", "id": identity, "method": method}
    if parameters is not None:
        message["params"] = parameters
    if descriptors:
        message["descriptors"] = descriptors
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def http_get(path, version="1.1"):
    """A request; with version 1.0 the server closes after the answer."""
    return f"GET {path} HTTP/{version}\r\nHost: docker\r\n\r\n".encode()
