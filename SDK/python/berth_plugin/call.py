"""A request that waits for its answer."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import wire
from .declaration import encode
from .errors import BerthError, RPCError

if TYPE_CHECKING:
    from .connection import Batch, Connection


class Call:
    """What a handler gets beside the parameters. Every method may be called from any thread."""

    def __init__(self, connection: "Connection", message: wire.Message, descriptors: list[int], batch: "Batch | None"):
        self.method = message.method
        self.params = message.params
        self.id: int | str = message.id if message.id is not None else ""
        #: When the caller gives up, on time.monotonic()'s clock; None when it waits for ever.
        self.deadline = None if message.timeout is None else time.monotonic() + message.timeout / 1000
        self._connection, self._batch, self._token = connection, batch, message.progress
        self._received, self._reply = descriptors, list[int]()
        self._lock = threading.Lock()
        self._answered = self._cancelled = False
        self._cancel_handlers: list[Callable[[], None]] = []

    # MARK: Descriptors and progress

    def take_descriptor(self, what: str = "a descriptor") -> int:
        """The next of the descriptors that came with the request; it is the caller's to close."""
        with self._lock:
            if not self._received:
                raise BerthError("invalidArgument", f"{self.method} came without {what}")
            return self._received.pop(0)

    def send(self, descriptor: int) -> None:
        """Sends a descriptor beside the answer, should it be a result, and closes it."""
        with self._lock:
            self._reply.append(descriptor)

    def progress(self, value: Any) -> None:
        """Tells the caller how far the work is, if it wants to know."""
        if self._token is not None and not self._answered:
            self._connection.notify("$/progress", {"token": self._token, "value": encode(value)})

    # MARK: Giving up

    @property
    def is_cancelled(self) -> bool:
        """Whether the caller has given up: it cancelled, its deadline passed, or it went away."""
        return self._cancelled

    def check(self) -> None:
        """Raises `cancelled` when the caller has given up: for loops that take long."""
        if self._cancelled:
            raise BerthError("cancelled", f"the caller of {self.method} has given up")

    @contextlib.contextmanager
    def holding(self, lock: contextlib.AbstractContextManager[Any]) -> Iterator[None]:
        """Takes a lock, and raises `cancelled` when the caller has given up meanwhile.

        Such a caller has gone on, and removes what it had asked for: that must not begin after it.
        """
        with lock:
            self.check()
            yield

    def remaining(self, most: float = 3600.0) -> float:
        """Seconds until the deadline, at most `most`."""
        return most if self.deadline is None else max(0.0, min(most, self.deadline - time.monotonic()))

    def on_cancel(self, handler: Callable[[], None]) -> None:
        """Runs `handler` when the caller gives up: at once if it has, never after the answer."""
        with self._lock:
            late = self._cancelled
            if not late and not self._answered:
                self._cancel_handlers.append(handler)
        if late:
            handler()

    def cancel(self, error: RPCError | None) -> None:
        """Answers in the handler's place, or not at all when the caller is gone, and tells the handler."""
        with self._lock:
            if self._answered:
                return
            self._answered = self._cancelled = True
            handlers, self._cancel_handlers = self._cancel_handlers, []
        if error:
            self._deliver(wire.failure(self.id, error))
        else:
            self._connection.finished(self)
        for handler in handlers:
            handler()

    # MARK: Answering

    def unimplemented(self) -> RPCError:
        return RPCError(RPCError.METHOD_NOT_FOUND, f"there is no method {self.method}")

    def respond(self, value: Any) -> None:
        """Answers with a result. Nothing happens when it was answered or cancelled before."""
        if not self._take_answer():
            return
        descriptors, self._reply = self._reply, []
        most = wire.DESCRIPTORS if self._batch is None else 0
        try:
            message = wire.result(self.id, encode(value), len(descriptors))
            size = len(wire.text(message))
        except (TypeError, ValueError, RecursionError) as error:
            return self._refuse(RPCError(RPCError.INTERNAL, f"the result of {self.method}: {error}"), descriptors)
        room = wire.MESSAGE_BYTES if self._batch is None else self._batch.room
        if len(descriptors) > most:
            text = f"{len(descriptors)} descriptors beside an answer that takes {most}"
            self._refuse(RPCError(RPCError.LIMIT_EXCEEDED, text), descriptors)
        elif size > room:
            text = f"the result of {self.method} has {size} bytes, room is for {room}"
            self._refuse(RPCError(RPCError.LIMIT_EXCEEDED, text), descriptors)
        else:
            self._deliver(message, descriptors)

    def fail(self, error: RPCError) -> None:
        """Answers with an error. Nothing happens when it was answered or cancelled before."""
        if self._take_answer():
            self._deliver(wire.failure(self.id, error))

    def _take_answer(self) -> bool:
        with self._lock:
            first, self._answered = not self._answered, True
            self._cancel_handlers = []
        return first

    def _refuse(self, error: RPCError, descriptors: list[int]) -> None:
        close_all(descriptors)
        self._deliver(wire.failure(self.id, error))

    def _deliver(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        if self._batch is not None:
            self._batch.add(message)
        else:
            self._connection.send(message, descriptors or [])
        self._connection.finished(self)

    def close(self) -> None:
        """The handler is done: what it did not take or send is closed."""
        with self._lock:
            left, self._received, self._reply = self._received + self._reply, [], []
        close_all(left)


def close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
