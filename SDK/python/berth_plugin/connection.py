"""One connection, apart from how its bytes are read and written: what both ways of serving share."""

import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from . import log, wire
from .call import Call, close_all
from .errors import RPCError


class Transport(Protocol):
    """How a connection's bytes travel."""

    def write(self, line: bytes, descriptors: list[int]) -> None:
        """Sends a line, from any thread, and closes the descriptors."""

    def schedule(self, seconds: float, job: Callable[[], None]) -> None:
        """Runs a job later."""

    def resume(self) -> None:
        """There is room for requests again; called from any thread."""

    def close(self, reason: str) -> None:
        """Ends the connection, once what was written is sent."""


class Batch:
    """Collects the answers to a batch, which leave together."""

    def __init__(self, connection: "Connection", expected: int):
        self._connection, self._expected = connection, expected
        self._answers: list[dict[str, Any]] = []
        self._used = 0
        self._lock = threading.Lock()

    @property
    def room(self) -> int:
        """Bytes for one answer, so that errors of all others still fit."""
        return wire.MESSAGE_BYTES - self._used - 512 * (self._expected - len(self._answers))

    def add(self, answer: dict[str, Any]) -> None:
        with self._lock:
            self._answers.append(answer)
            self._used += len(wire.text(answer)) + 1
            complete = len(self._answers) == self._expected
        if complete:
            self._connection.send(self._answers, [])


class Connection:
    """Requests of one peer, from their lines to their answers."""

    def __init__(self, handle: Callable[[Call], None], transport: Transport):
        self._handle, self._transport = handle, transport
        self._reader = wire.LineReader()
        self._calls: dict[int | str, Call] = {}
        self._lock = threading.Lock()
        self._paused = self._closed = False
        self._when_idle: Callable[[], None] | None = None

    # MARK: Reading

    def feed(self, data: bytes, descriptors: list[int]) -> bool:
        """Takes what has arrived, and handles the lines that are whole.

        Returns False when too many requests wait; `resume` of the transport then tells when to call `proceed`.
        """
        self._reader.feed(data, descriptors)
        return self.proceed()

    def proceed(self) -> bool:
        try:
            while not self._closed:
                with self._lock:
                    self._paused = len(self._calls) >= wire.PENDING_REQUESTS
                if self._paused:
                    return False
                line = self._reader.next()
                if line is None:
                    return True
                self._line(line)
        except wire.Refusal as refusal:
            self.send(wire.failure(None, refusal.error), [])
            self._closed = True
            self._transport.close(f"{refusal}")
        return True

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            value = wire.parse(line)
        except RPCError as error:
            return self.send(wire.failure(None, error), [])
        if isinstance(value, list):
            self._batch(value)
        else:
            self._message(wire.read(value), None)

    def _batch(self, values: list[Any]) -> None:
        if not values:
            error = RPCError(RPCError.INVALID_REQUEST, "the batch is empty")
            return self.send(wire.failure(None, error), [])
        if len(values) > wire.BATCH_MESSAGES:
            text = f"{len(values)} messages in one batch, more than the limit of {wire.BATCH_MESSAGES}"
            return self.send(wire.failure(None, RPCError(RPCError.LIMIT_EXCEEDED, text)), [])
        messages = [wire.read(value) for value in values]
        wanted = [m for m in messages if isinstance(m, wire.Invalid) or isinstance(m, wire.Message) and m.id is not None]
        batch = Batch(self, len(wanted))
        for message in messages:
            self._message(message, batch)

    def _message(self, message: wire.Message | wire.Invalid | wire.Ignored, batch: Batch | None) -> None:
        descriptors = self._reader.claim(message.descriptors)
        if isinstance(message, wire.Message) and message.id is not None:
            return self._request(Call(self, message, descriptors, batch))
        close_all(descriptors)
        if isinstance(message, wire.Invalid):
            answer = wire.failure(message.id, message.error)
            if batch is None:
                self.send(answer, [])
            else:
                batch.add(answer)
        elif isinstance(message, wire.Message) and message.method == "$/cancel" and isinstance(message.params, dict):
            self._cancel(message.params.get("id"))

    def _request(self, call: Call) -> None:
        with self._lock:
            known = call.id in self._calls
            if not known:
                self._calls[call.id] = call
        if known:
            call.fail(RPCError(RPCError.INVALID_REQUEST, f"the id {call.id} is that of a request still being worked on"))
            return call.close()
        if call.deadline is not None:
            self._transport.schedule(call.remaining(), _expiry(call))
        self._handle(call)

    def _cancel(self, id: Any) -> None:
        with self._lock:
            call = self._calls.get(id) if isinstance(id, (int, str)) else None
        if call:
            call.cancel(RPCError(RPCError.CANCELLED, "the request was cancelled"))

    # MARK: Writing

    def send(self, message: Any, descriptors: list[int]) -> None:
        self._transport.write(wire.text(message) + b"\n", descriptors)

    def notify(self, method: str, params: Any) -> None:
        if not self._closed:
            self.send(wire.notification(method, params), [])

    def finished(self, call: Call) -> None:
        """The call has its answer."""
        with self._lock:
            if self._calls.get(call.id) is call:
                del self._calls[call.id]
            resumes, self._paused = self._paused, False
            idle = self._when_idle if not self._calls else None
        if resumes:
            self._transport.resume()
        if idle:
            idle()

    # MARK: Ends

    def finish(self, reason: str) -> None:
        """The peer sends no more, but may still read: ends when the last call has its answer."""
        with self._lock:
            self._when_idle = lambda: self._transport.close(reason)
            idle = not self._calls
        if idle:
            self._transport.close(reason)

    def ended(self, reason: str) -> None:
        """The socket is gone: nobody is left to answer."""
        with self._lock:
            self._closed = True
            calls, self._calls = list(self._calls.values()), {}
        self._reader.close()
        for call in calls:
            call.cancel(None)
        log.debug("a connection has ended", reason=reason)


def _expiry(call: Call) -> Callable[[], None]:
    # Weak: a call that was answered is not kept until its deadline.
    reference = weakref.ref(call)

    def expire() -> None:
        if late := reference():
            late.cancel(RPCError(RPCError.DEADLINE_EXCEEDED, f"{late.method} did not answer within its deadline"))
    return expire
