"""Serving with threads: one reads each connection, some run handlers, the main one accepts."""

import heapq
import itertools
import os
import queue
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from . import log, sockets
from .call import Call, close_all
from .connection import Connection
from .plugin import Plugin

#: Seconds that calls may go on after SIGTERM.
DRAIN_TIME = 10.0
#: Seconds that a peer may leave its answers unread.
SEND_TIME = 10


class ThreadServer:
    """Accepts connections and runs handlers until `stop`."""

    def __init__(self, plugin: Plugin):
        if plugin.has_coroutines:
            raise TypeError("a driver with coroutines is served by run_async")
        self.plugin = plugin
        plugin.server = self
        self.clock = Clock()
        self._workers = Workers(plugin.threads, self._work)
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._accepting, self._stopped = True, False

    def serve(self) -> None:
        listener = sockets.inherited_listener()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._terminate())
        while not self._stopped:
            watched = [self._wake_read] + ([listener.fileno()] if self._accepting else [])
            ready, _, _ = select.select(watched, [], [])
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            elif not self._stopped:
                self._accept(listener)
        self.plugin.stopped()

    def _accept(self, listener: socket.socket) -> None:
        try:
            peer, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            log.error("a connection cannot be accepted", error=f"{error}")
            return
        Peer(self, peer).start()

    # MARK: Server

    def submit(self, call: Call, work: Callable[[], Any]) -> None:
        self._workers.submit((call, work))

    def _work(self, job: tuple[Call, Callable[[], Any]]) -> None:
        call, work = job
        try:
            # A call that was cancelled in the queue need not start.
            outcome = None if call.is_cancelled else work()
        except Exception as error:
            self.plugin.settle(call, None, error)
        else:
            self.plugin.settle(call, outcome, None)

    def set_accepting(self, accepting: bool) -> None:
        self._accepting = accepting
        self._wake()

    def stop(self) -> None:
        self._stopped = True
        self._wake()

    def shut_down(self, call: Call) -> None:
        # The answer is in the socket when `respond` returns.
        call.respond(None)
        self.stop()

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            pass  # It wakes anyway.

    def _terminate(self) -> None:
        # On the main thread, between two instructions: what takes locks goes elsewhere.
        if self.plugin.is_draining:
            return self.stop()
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        self.clock.schedule(DRAIN_TIME, self.stop)
        self.plugin.drain(self.stop)


class Peer:
    """One connection's socket: a thread reads it, any thread writes."""

    def __init__(self, server: ThreadServer, peer: socket.socket):
        self._socket, self._clock = peer, server.clock
        self._connection = Connection(server.plugin.handle, self)
        self._sending = threading.Lock()
        self._room = threading.Event()
        self._closed = threading.Event()
        timeout = struct.pack("ll", SEND_TIME, 0)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)

    def start(self) -> None:
        threading.Thread(target=self._read, daemon=True, name="connection").start()

    def _read(self) -> None:
        reason = "the peer closed the connection"
        try:
            while not self._closed.is_set():
                data, descriptors = sockets.receive(self._socket)
                if not data:
                    close_all(descriptors)
                    break
                going = self._connection.feed(data, descriptors)
                while not going and not self._closed.is_set():
                    self._room.wait()
                    self._room.clear()
                    going = self._connection.proceed()
            if not self._is_gone():
                self._connection.finish(reason)
                self._closed.wait()
        except OSError as error:
            reason = f"{error}"
        self._end(reason)

    def _is_gone(self) -> bool:
        """Whether the peer has closed both directions, and nobody is left to answer."""
        poll = select.poll()
        poll.register(self._socket, 0)
        return bool(poll.poll(0))

    def _end(self, reason: str) -> None:
        self._closed.set()
        self._connection.ended(reason)
        with self._sending:
            self._socket.close()

    # MARK: Transport

    def write(self, line: bytes, descriptors: list[int]) -> None:
        try:
            with self._sending:
                rest, beside = memoryview(line), descriptors
                while rest and not self._closed.is_set():
                    rest, beside = rest[sockets.send(self._socket, rest, beside):], []
        except OSError:
            # Gone, or it did not read for too long: half a line may be out, so nothing can follow.
            self.close("the peer does not read its answers")
        finally:
            close_all(descriptors)

    def schedule(self, seconds: float, job: Callable[[], None]) -> None:
        self._clock.schedule(seconds, job)

    def resume(self) -> None:
        self._room.set()

    def close(self, reason: str) -> None:
        self._closed.set()
        self._room.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It is closed already.


class Workers:
    """Threads that take jobs in turn; they are made when there is more to do than threads that wait."""

    def __init__(self, most: int, work: Callable[[Any], None]):
        self._most, self._work = most, work
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._count = self._idle = 0

    def submit(self, job: Any) -> None:
        self._jobs.put(job)
        with self._lock:
            if self._jobs.qsize() <= self._idle or self._count == self._most:
                return
            self._count += 1
        threading.Thread(target=self._run, daemon=True, name="handler").start()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            job = self._jobs.get()
            with self._lock:
                self._idle -= 1
            self._work(job)


class Clock:
    """Runs jobs at their time, on one thread."""

    def __init__(self) -> None:
        self._jobs: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._running = False

    def schedule(self, seconds: float, job: Callable[[], None]) -> None:
        with self._changed:
            heapq.heappush(self._jobs, (time.monotonic() + seconds, next(self._numbers), job))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, daemon=True, name="clock").start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs or self._jobs[0][0] > time.monotonic():
                    self._changed.wait(self._jobs[0][0] - time.monotonic() if self._jobs else None)
                job = heapq.heappop(self._jobs)[2]
            job()
