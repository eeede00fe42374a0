"""The methods of the kind `log`.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass

from ..call import Call
from ..declaration import Driver, Request, member
from ..timestamp import Timestamp


@dataclass
class LogOpenResult:
    """What log.open answers."""
    # The file, for drivers that write one.
    path: str | None = None


@dataclass
class LogOpen(Request):
    """Takes a container's log stream. Descriptor 0 is the driver's end of a stream socket on which log frames
    come (Docs/run.md): the driver first writes the sequence to go on from, then acknowledgements. Opening
    again replaces the stream.
    """
    METHOD = "log.open"
    SUMMARY = "Take a container's log stream"
    RESULT = LogOpenResult
    # The container's id: 64 hexadecimal digits.
    container: str
    # Its name.
    container_name: str
    # The image as the user named it.
    image: str
    # The container's labels.
    labels: dict[str, str] = member(default_factory=dict)
    # `--log-opt`; one that is not known is an `invalidArgument`.
    options: dict[str, str] = member(default_factory=dict)


@dataclass
class LogValidate(Request):
    """Checks options without opening anything, so that `create` can refuse them."""
    METHOD = "log.validate"
    SUMMARY = "Check log options"
    RESULT = None
    # `--log-opt`, by name.
    options: dict[str, str] = member(default_factory=dict)


@dataclass
class LogClose(Request):
    """No more frames will come: followers end. Closing what is not open succeeds."""
    METHOD = "log.close"
    SUMMARY = "End a container's log stream"
    RESULT = None
    # The container's id: 64 hexadecimal digits.
    container: str


@dataclass
class LogRead(Request):
    """The answer carries a descriptor on which whole lines come as log frames, oldest first."""
    METHOD = "log.read"
    SUMMARY = "Read a container's log"
    RESULT = None
    # The container's id: 64 hexadecimal digits.
    container: str
    # Lines of the standard output.
    stdout: bool
    # Lines of the standard error.
    stderr: bool
    # Go on with new lines until `log.close`.
    follow: bool
    # Only so many of the last lines; all when absent.
    tail: int | None = None
    # Only lines of this time and later.
    since: Timestamp | None = None
    # Only lines before this time.
    until: Timestamp | None = None


@dataclass
class LogRotate(Request):
    """Starts a new file now."""
    METHOD = "log.rotate"
    SUMMARY = "Start a new log file"
    RESULT = None
    # The container's id: 64 hexadecimal digits.
    container: str


@dataclass
class LogRemove(Request):
    """Removes a container's log; one that is gone already succeeds."""
    METHOD = "log.remove"
    SUMMARY = "Remove a container's log"
    RESULT = None
    # The container's id: 64 hexadecimal digits.
    container: str


@dataclass
class LogReconcileResult:
    """What log.reconcile answers."""
    # Ids of containers whose logs were removed.
    removed: list[str] = member(default_factory=list)
    # Ids of containers whose streams the driver holds.
    open: list[str] = member(default_factory=list)


@dataclass
class LogReconcile(Request):
    """Containers whose logs should exist; the driver removes the rest and answers which streams it holds open."""
    METHOD = "log.reconcile"
    SUMMARY = "Remove logs of containers that are gone"
    RESULT = LogReconcileResult
    # Ids of the containers whose logs should exist.
    containers: list[str] = member(default_factory=list)


@dataclass
class LogListResult:
    """What log.list answers."""
    # Ids of the containers that have a log.
    containers: list[str] = member(default_factory=list)
    # Those whose stream the driver holds open.
    open: list[str] = member(default_factory=list)


@dataclass
class LogList(Request):
    """What the driver keeps, without touching it. A driver of before this method answers −32601."""
    METHOD = "log.list"
    SUMMARY = "Which containers have a log, and whose stream is open"
    RESULT = LogListResult


class LogDriver(Driver):
    """What a plugin of the kind `log` does; what a subclass does not define is unimplemented."""
    KIND = "log"
    METHODS = {
        "open": LogOpen,
        "validate": LogValidate,
        "close": LogClose,
        "read": LogRead,
        "rotate": LogRotate,
        "remove": LogRemove,
        "reconcile": LogReconcile,
        "list": LogList,
    }

    def open(self, request: LogOpen, call: Call) -> LogOpenResult:
        """Takes a container's log stream. Descriptor 0 is the driver's end of a stream socket on which log
        frames come (Docs/run.md): the driver first writes the sequence to go on from, then acknowledgements.
        Opening again replaces the stream.
        """
        raise call.unimplemented()

    def validate(self, request: LogValidate, call: Call) -> None:
        """Checks options without opening anything, so that `create` can refuse them."""
        raise call.unimplemented()

    def close(self, request: LogClose, call: Call) -> None:
        """No more frames will come: followers end. Closing what is not open succeeds."""
        raise call.unimplemented()

    def read(self, request: LogRead, call: Call) -> None:
        """The answer carries a descriptor on which whole lines come as log frames, oldest first."""
        raise call.unimplemented()

    def rotate(self, request: LogRotate, call: Call) -> None:
        """Starts a new file now."""
        raise call.unimplemented()

    def remove(self, request: LogRemove, call: Call) -> None:
        """Removes a container's log; one that is gone already succeeds."""
        raise call.unimplemented()

    def reconcile(self, request: LogReconcile, call: Call) -> LogReconcileResult:
        """Containers whose logs should exist; the driver removes the rest and answers which streams it holds
        open.
        """
        raise call.unimplemented()

    def list(self, request: LogList, call: Call) -> LogListResult:
        """What the driver keeps, without touching it. A driver of before this method answers −32601."""
        raise call.unimplemented()
