"""Lines and messages: JSON-RPC 2.0, one object or batch a line, with bounds on what a peer may send."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

from .errors import RPCError

#: Bytes of one line, in both directions. A longer one that arrives ends the connection.
MESSAGE_BYTES = 4 << 20
#: Arrays and objects that may be open at once in one message.
DEPTH = 64
#: Requests of one connection that are worked on; beyond, nothing more is read until some are answered.
PENDING_REQUESTS = 256
#: Messages in one batch.
BATCH_MESSAGES = 64
#: Bytes that wait for the peer to read.
OUTGOING_BYTES = 8 << 20
#: Descriptors beside one message.
DESCRIPTORS = 16


class Refusal(Exception):
    """The connection cannot go on: what came breaks a bound, or the framing."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.error = RPCError(code, message)


class LineReader:
    """Cuts what arrives into lines, and keeps the descriptors that came along until a message claims them."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._scanned = 0
        self._descriptors: list[int] = []

    def feed(self, data: bytes, descriptors: list[int]) -> None:
        self._held += data
        self._descriptors += descriptors

    def next(self) -> bytes | None:
        """The next whole line, without its newline; None when there is none yet. Raises Refusal."""
        end = self._held.find(b"\n", self._scanned)
        if (end if end >= 0 else len(self._held)) > MESSAGE_BYTES:
            raise Refusal(RPCError.LIMIT_EXCEEDED, f"a message has more than {MESSAGE_BYTES} bytes")
        if end < 0:
            self._scanned = len(self._held)
            self._drop_surplus()
            return None
        line = bytes(self._held[:end])
        del self._held[:end + 1]
        self._scanned = 0
        return line

    def _drop_surplus(self) -> None:
        # Descriptors belong to the line whose first byte they came with: without a line they are surplus.
        if not self._held:
            self.close()
        if len(self._descriptors) > DESCRIPTORS:
            raise Refusal(RPCError.LIMIT_EXCEEDED, f"more than {DESCRIPTORS} descriptors beside one message")

    def claim(self, count: int) -> list[int]:
        """The next descriptors, which become the caller's to close. Raises Refusal."""
        if count > len(self._descriptors):
            raise Refusal(RPCError.INVALID_REQUEST, f"a message says {count} descriptors, fewer came with it")
        taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        return taken

    def close(self) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []


# MARK: Reading

def parse(line: bytes) -> Any:
    """JSON as the protocol admits it: UTF-8, each name once, no NaN, nested 64 deep at most. Raises RPCError."""
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
        if b"\\u" in line:
            # Half of a surrogate pair, which no string of the other side can hold.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RPCError(RPCError.PARSE, f"not JSON: {error}") from None
    if line.count(b"[") + line.count(b"{") > DEPTH and _is_deeper(value):
        raise RPCError(RPCError.PARSE, f"not JSON: nested more than {DEPTH} deep")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has a name twice")
    return made


def _is_deeper(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH + 1):
        inner: list[Any] = []
        for container in level:
            if isinstance(container, (dict, list)):
                items = container.values() if isinstance(container, dict) else container
                inner += [item for item in items if isinstance(item, (dict, list))]
        level = inner
        if not level:
            return False
    return True


@dataclass
class Message:
    """A message whose envelope is checked. Without an id it is a notification."""

    method: str
    id: int | str | None = None
    params: Any = field(default_factory=dict)
    #: Milliseconds that the caller waits.
    timeout: int | None = None
    progress: Any = None
    descriptors: int = 0


@dataclass
class Invalid:
    """To be answered with an error; the id is None where it could not be read."""

    error: RPCError
    id: int | str | None
    descriptors: int = 0


@dataclass
class Ignored:
    """A response: the SDK makes no calls, and answering it would make two peers complain for ever."""

    descriptors: int = 0


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def read(value: Any) -> Message | Invalid | Ignored:
    """Reads one message, not a batch."""
    members = value if isinstance(value, dict) else {}
    claimed = members.get("id")
    id = claimed if _is_int(claimed) or isinstance(claimed, str) else None
    count = members.get("descriptors", 0)
    counted = _is_int(count) and 0 <= count <= DESCRIPTORS
    if "method" not in members:
        if "result" in members or "error" in members:
            return Ignored(count if counted else DESCRIPTORS + 1)
        return _invalid("a message needs a method, a result or an error", id)
    timeout = members.get("timeout")
    params = members.get("params")
    if members.get("jsonrpc") != "2.0":
        return _invalid('the member jsonrpc must be "2.0"', id)
    if not isinstance(members["method"], str):
        return _invalid("the member method must be a string", id)
    if "id" in members and id is None:
        return _invalid("the member id must be an integer or a string", id)
    if params is not None and not isinstance(params, (dict, list)):
        return _invalid("the member params must be an object", id)
    if timeout is not None and not (_is_int(timeout) and timeout >= 0):
        return _invalid("the member timeout must be a number of milliseconds", id)
    if not counted:
        return _invalid("the member descriptors must be a small number", id)
    return Message(members["method"], id, {} if params is None else params, timeout, members.get("progress"), count)


def _invalid(message: str, id: int | str | None) -> Invalid:
    return Invalid(RPCError(RPCError.INVALID_REQUEST, message), id)


# MARK: Writing

def text(message: Any) -> bytes:
    """One message, without its newline."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def result(id: int | str, value: Any, descriptors: int = 0) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": id, "result": value}
    if descriptors:
        message["descriptors"] = descriptors
    return message


def failure(id: int | str | None, error: RPCError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "error": error.wire()}


def notification(method: str, params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}
