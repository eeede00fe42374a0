"""Log frames (Docs/run.md, "Log frame"): taking a container's log stream in, and giving lines to a reader."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import log

_HEADER = struct.Struct("<QqIBBH")
_SEQUENCE = struct.Struct("<Q")
MAXIMUM_PAYLOAD = 65_536
STDOUT, STDERR = 1, 2
_END_OF_LOG, _PARTIAL_LINE = 1, 2
#: The longest text of one entry, as docker has it; a longer line comes in parts.
ENTRY_SIZE = 16 << 10


@dataclass(slots=True)
class Frame:
    #: Payload bytes of this log before this frame.
    sequence: int
    #: Nanoseconds since 1970, when the shim read it.
    time: int
    #: 1 stdout, 2 stderr.
    stream: int
    payload: bytes
    is_end: bool = False


class FrameParser:
    """Cuts a byte stream into frames. Raises ValueError for what no driver could go on after."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._held += data
        start = 0
        while len(self._held) - start >= _HEADER.size:
            sequence, time, length, stream, flags, _ = _HEADER.unpack_from(self._held, start)
            is_end = bool(flags & _END_OF_LOG)
            if length > MAXIMUM_PAYLOAD or (length if is_end else stream not in (STDOUT, STDERR)):
                raise ValueError("what came is no log frame")
            if len(self._held) - start < _HEADER.size + length:
                break
            start += _HEADER.size
            yield Frame(sequence, time, stream, bytes(self._held[start:start + length]), is_end)
            start += length
        del self._held[:start]


@dataclass(slots=True)
class Line:
    time: int
    stream: int
    #: With its newline, unless it is partial.
    text: bytes

    @property
    def is_partial(self) -> bool:
        return not self.text.endswith(b"\n")


class LineSplitter:
    """Turns payloads into lines. `pending` is the text of lines that have not ended, of stdout and stderr."""

    def __init__(self, stdout: bytes = b"", stderr: bytes = b""):
        self.pending = {STDOUT: stdout, STDERR: stderr}

    def add(self, frame_time: int, stream: int, payload: bytes) -> Iterator[Line]:
        text = self.pending[stream] + payload
        start = 0
        while start < len(text):
            newline = text.find(b"\n", start, start + ENTRY_SIZE + 1)
            if newline < 0 and len(text) - start < ENTRY_SIZE:
                break
            end = newline + 1 if newline >= 0 else start + _whole_characters(text[start:start + ENTRY_SIZE])
            yield Line(frame_time, stream, text[start:end])
            start = end
        self.pending[stream] = text[start:]

    def finish(self, time: int) -> Iterator[Line]:
        """Lines that have not ended, as they are: no more will come."""
        for stream, text in self.pending.items():
            if text:
                yield Line(time, stream, text)
                self.pending[stream] = b""


def _whole_characters(text: bytes) -> int:
    """Bytes up to the last UTF-8 character that is whole."""
    for back in range(1, 4):
        byte = text[-back]
        if byte & 0xC0 == 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(text) - back if back < length else len(text)
        if byte < 0x80:
            break
    return len(text)


class Intake:
    """Takes a log stream in, on a thread of its own: says where to go on, has frames stored, acknowledges.

    `store(frames)` gets all frames that one read brought, cut to what is new, and must have them on disk when it
    returns. When it raises OSError (a full disk) the same frames come again a second later, and the container waits.
    """

    RETRY_SECONDS = 1.0

    def __init__(self, descriptor: int, sequence: int, store: Callable[[list[Frame]], None]):
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(True)
        self._sequence, self._store = sequence, store
        self._stop = threading.Event()
        #: Set when the end of the log is stored, or the stream is gone.
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="log-intake")
        self._thread.start()

    def stop(self) -> None:
        """Leaves the stream. What was not acknowledged, the shim still has."""
        self._stop.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The shim has closed it.
        self._thread.join()

    def _run(self) -> None:
        parser = FrameParser()
        try:
            self._acknowledge()
            while data := self._socket.recv(256 << 10):
                self._take(list(parser.feed(data)))
        except (OSError, ValueError) as error:
            if not self._stop.is_set():
                log.warning("a log stream was given up", reason=f"{error}")
        finally:
            self._socket.close()
            self.ended.set()

    def _take(self, frames: list[Frame]) -> None:
        new = [frame for frame in map(self._cut, frames) if frame]
        while new:
            try:
                self._store(new)
                break
            except OSError as error:
                log.warning("a log cannot be written, its container may have to wait", error=f"{error}")
                if self._stop.wait(self.RETRY_SECONDS):
                    return
        if new:
            self._acknowledge()
        if any(frame.is_end for frame in frames):
            self.ended.set()

    def _cut(self, frame: Frame) -> Frame | None:
        """Without what was stored before: a shim sends again what it saw no acknowledgement of."""
        known = min(max(self._sequence - frame.sequence, 0), len(frame.payload))
        frame.payload, frame.sequence = frame.payload[known:], frame.sequence + known
        if frame.payload:
            # Frames that are missing were dropped by the shim on purpose.
            self._sequence = frame.sequence + len(frame.payload)
        return frame if frame.payload or frame.is_end else None

    def _acknowledge(self) -> None:
        self._socket.sendall(_SEQUENCE.pack(self._sequence))


class LineSender:
    """Gives whole lines to one reader, who may be slow or go away."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._sequence = 0
        #: To be sent with the answer of `log.read`.
        self.reader = theirs.detach()

    def fileno(self) -> int:
        """Its poll(2) reports a hang-up when the reader is gone."""
        return self._socket.fileno()

    def send(self, lines: list[Line]) -> None:
        """Waits while the reader does not read. Raises OSError when it is gone."""
        output = bytearray()
        for line in lines:
            # A line that something else wrote can be longer than a frame.
            for start in range(0, len(line.text), MAXIMUM_PAYLOAD):
                piece = line.text[start:start + MAXIMUM_PAYLOAD]
                flags = 0 if piece.endswith(b"\n") else _PARTIAL_LINE
                output += _HEADER.pack(self._sequence, line.time, len(piece), line.stream, flags, 0) + piece
                self._sequence += len(piece)
        self._socket.sendall(output, socket.MSG_NOSIGNAL)

    def close(self) -> None:
        self._socket.close()


class Bell:
    """Wakes those who wait for something to be polled: for readers that follow a log."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        # The number of a closed descriptor is soon another's.
        self._lock = threading.Lock()

    def fileno(self) -> int:
        return self._descriptor

    def ring(self) -> None:
        """Nothing happens when it is closed: who waited has left."""
        with self._lock:
            if self._descriptor >= 0:
                os.eventfd_write(self._descriptor, 1)

    def quiet(self) -> None:
        try:
            os.eventfd_read(self._descriptor)
        except BlockingIOError:
            pass  # Nobody rang.

    def close(self) -> None:
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
