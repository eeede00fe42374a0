"""Errors as they stand on the wire."""

import errno
from typing import Any, Literal

ErrorKind = Literal[
    "notFound", "conflict", "invalidArgument", "failedPrecondition", "unavailable", "deadlineExceeded",
    "permissionDenied", "resourceExhausted", "corrupted", "unimplemented", "cancelled", "internal",
]

_KINDS_OF_ERRNO: dict[int, ErrorKind] = {
    errno.ENOENT: "notFound", errno.EEXIST: "conflict", errno.EBUSY: "failedPrecondition",
    errno.ENOTEMPTY: "failedPrecondition", errno.EACCES: "permissionDenied", errno.EPERM: "permissionDenied",
    errno.ENOSPC: "resourceExhausted", errno.EDQUOT: "resourceExhausted", errno.EMFILE: "resourceExhausted",
    errno.ENFILE: "resourceExhausted", errno.EINVAL: "invalidArgument", errno.ENAMETOOLONG: "invalidArgument",
    errno.EOPNOTSUPP: "unimplemented", errno.ENOSYS: "unimplemented", errno.ETIMEDOUT: "unavailable",
    errno.ECONNREFUSED: "unavailable", errno.ECONNRESET: "unavailable",
}


class RPCError(Exception):
    """An error of the protocol itself (JSON-RPC 2.0, section 5.1)."""

    PARSE = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL = -32603
    DEADLINE_EXCEEDED = -32001
    LIMIT_EXCEEDED = -32003
    BUSY = -32004
    CANCELLED = -32800

    def __init__(self, code: int, message: str, data: Any = None):
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def wire(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


class BerthError(Exception):
    """What a handler raises: a kind for programs, one sentence for people, without a final full stop.

    `object` says what it was about ("volume data"), `hint` what to do about it.
    """

    CODE = -31000

    def __init__(self, kind: ErrorKind, message: str, *, object: str | None = None, hint: str | None = None):
        super().__init__(message)
        self.kind, self.message, self.object, self.hint = kind, message, object, hint

    def rpc(self, plugin: str) -> RPCError:
        data = {"kind": self.kind, "object": self.object, "plugin": plugin, "hint": self.hint}
        present = {name: value for name, value in data.items() if value is not None}
        return RPCError(self.CODE, self.message, present)


def wire_error(error: BaseException, plugin: str) -> RPCError:
    """The one place where what a handler raises becomes a wire error."""
    if isinstance(error, RPCError):
        return error
    if isinstance(error, BerthError):
        return error.rpc(plugin)
    kind = _KINDS_OF_ERRNO.get(error.errno or 0, "internal") if isinstance(error, OSError) else "internal"
    return BerthError(kind, f"{error}" or type(error).__name__).rpc(plugin)
