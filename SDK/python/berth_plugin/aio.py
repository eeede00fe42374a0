"""Serving with asyncio: one loop reads, writes and runs coroutines; plain functions run on threads."""

import asyncio
import inspect
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from . import log, sockets
from .call import Call, close_all
from .connection import Connection
from .errors import BerthError
from .plugin import Plugin
from .threads import DRAIN_TIME, SEND_TIME, Workers
from .wire import OUTGOING_BYTES


class AsyncServer:
    """Accepts connections and runs handlers until `stop`."""

    def __init__(self, plugin: Plugin):
        self.plugin = plugin
        plugin.server = self
        self._workers = Workers(plugin.threads, lambda job: job())
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self) -> None:
        asyncio.run(self._serve())
        self.plugin.stopped()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self._listener = sockets.inherited_listener()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self._terminate)
        self.set_accepting(True)
        await self._end.wait()

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            return log.error("a connection cannot be accepted", error=f"{error}")
        Peer(self, peer)

    # MARK: Server

    def submit(self, call: Call, work: Callable[[], Any]) -> None:
        if self.plugin.is_coroutine(call.method):
            self._start(call, work)
        else:
            self._workers.submit(lambda: self._work(call, work))

    def _start(self, call: Call, work: Callable[[], Any]) -> None:
        task = self.loop.create_task(self._await(call, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Cancelled when the caller gives up: the handler sees asyncio.CancelledError.
        call.on_cancel(lambda: self.loop.call_soon_threadsafe(task.cancel))

    async def _await(self, call: Call, work: Callable[[], Any]) -> None:
        try:
            outcome = await work()
        except asyncio.CancelledError as error:
            # The caller has its answer; what is said here goes nowhere.
            self.plugin.settle(call, None, BerthError("cancelled", f"{error}"))
        except Exception as error:
            self.plugin.settle(call, None, error)
        else:
            self.plugin.settle(call, outcome, None)

    def _work(self, call: Call, work: Callable[[], Any]) -> None:
        try:
            outcome = None if call.is_cancelled else work()
            if inspect.isawaitable(outcome):
                raise TypeError(f"the handler of {call.method} is a coroutine in disguise: declare it `async def`")
        except Exception as error:
            self.plugin.settle(call, None, error)
        else:
            self.plugin.settle(call, outcome, None)

    def set_accepting(self, accepting: bool) -> None:
        def change() -> None:
            if accepting:
                self.loop.add_reader(self._listener, self._accept)
            else:
                self.loop.remove_reader(self._listener)
        self.loop.call_soon_threadsafe(change)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._end.set)

    def shut_down(self, call: Call) -> None:
        call.respond(None)
        self.stop()

    def _terminate(self) -> None:
        if self.plugin.is_draining:
            return self.stop()
        self.loop.call_later(DRAIN_TIME, self.stop)
        self.plugin.drain(self.stop)


class Peer:
    """One connection's socket: the loop reads it; what any thread writes and the socket does not take waits."""

    def __init__(self, server: AsyncServer, peer: socket.socket):
        self._socket, self._loop = peer, server.loop
        peer.setblocking(False)
        self._connection = Connection(server.plugin.handle, self)
        self._lock = threading.Lock()
        self._waiting: deque[tuple[memoryview, list[int]]] = deque()
        self._size = 0
        self._closed = self._closing = False
        self._loop.add_reader(peer, self._read)

    def _read(self) -> None:
        try:
            data, descriptors = sockets.receive(self._socket)
        except BlockingIOError:
            return
        except OSError as error:
            return self._finish(f"{error}")
        if data:
            self._go_on(self._connection.feed(data, descriptors))
        else:
            close_all(descriptors)
            self._loop.remove_reader(self._socket)
            self._connection.finish("the peer closed the connection")

    def _go_on(self, going: bool) -> None:
        if self._closed or self._closing:
            return
        if going:
            self._loop.add_reader(self._socket, self._read)
        else:
            self._loop.remove_reader(self._socket)

    # MARK: Transport

    def write(self, line: bytes, descriptors: list[int]) -> None:
        with self._lock:
            if self._closed:
                return close_all(descriptors)
            full = self._size > 0 and self._size + len(line) > OUTGOING_BYTES
            if not full:
                self._waiting.append((memoryview(line), descriptors))
                self._size += len(line)
                self._flush()
        if full:
            close_all(descriptors)
            self._loop.call_soon_threadsafe(self._finish, "the peer does not read its answers")

    def _flush(self) -> None:
        """Sends what the socket takes; the loop does the rest. With the lock held."""
        try:
            while self._waiting:
                rest, descriptors = self._waiting[0]
                count = sockets.send(self._socket, rest, descriptors)
                close_all(descriptors)
                self._size -= count
                self._waiting[0] = (rest[count:], [])
                if count == len(rest):
                    self._waiting.popleft()
        except BlockingIOError:
            self._loop.call_soon_threadsafe(self._watch)
        except OSError as error:
            self._drop()
            self._loop.call_soon_threadsafe(self._finish, f"{error}")

    def _watch(self) -> None:
        if not self._closed and self._waiting:
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        with self._lock:
            self._loop.remove_writer(self._socket)
            self._flush()
            done = self._closing and not self._waiting
        if done:
            self._finish("everything is answered")

    def _drop(self) -> None:
        for _, descriptors in self._waiting:
            close_all(descriptors)
        self._waiting.clear()
        self._size = 0

    def schedule(self, seconds: float, job: Callable[[], None]) -> None:
        self._loop.call_later(seconds, job)

    def resume(self) -> None:
        def proceed() -> None:
            if not self._closed:
                self._go_on(self._connection.proceed())
        self._loop.call_soon_threadsafe(proceed)

    def close(self, reason: str) -> None:
        self._loop.call_soon_threadsafe(self._close_when_sent, reason)

    def _close_when_sent(self, reason: str) -> None:
        self._closing = True
        if self._closed or not self._waiting:
            return self._finish(reason)
        self._loop.remove_reader(self._socket)
        self._loop.call_later(SEND_TIME, self._finish, reason)

    def _finish(self, reason: str) -> None:
        if self._closed:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        with self._lock:
            self._closed = True
            self._drop()
            self._socket.close()
        self._connection.ended(reason)
