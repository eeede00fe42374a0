"""Sockets with descriptors beside bytes (SCM_RIGHTS), and the one that the supervisor hands over."""

import array
import os
import socket
import sys

from . import log
from .wire import DESCRIPTORS

LISTENER = 3
READ_SIZE = 64 << 10
# The kernel takes at most 253 at once; with less room it would drop some without a word.
_ANCILLARY = socket.CMSG_SPACE(253 * 4)


def inherited_listener() -> socket.socket:
    """The listening socket at descriptor 3 (sd_listen_fds(3)). Ends the process when there is none."""
    pid = os.environ.get("LISTEN_PID")
    if os.environ.get("LISTEN_FDS") != "1" or (pid and pid != str(os.getpid())):
        log.error("cannot serve", error="no socket was handed over", hint="a plugin is started by berthd")
        sys.exit(1)
    listener = socket.socket(fileno=LISTENER)
    # Another process may accept from it at the same time.
    listener.setblocking(False)
    listener.set_inheritable(False)
    return listener


def receive(peer: socket.socket) -> tuple[bytes, list[int]]:
    """Bytes and the descriptors that came with them; no bytes at the end."""
    data, messages, _, _ = peer.recvmsg(READ_SIZE, _ANCILLARY, socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, content in messages:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[:len(content) - len(content) % descriptors.itemsize])
    return data, list(descriptors)


def send(peer: socket.socket, data: memoryview, descriptors: list[int]) -> int:
    """Sends what the socket takes, the descriptors with the first byte."""
    if not descriptors:
        return peer.send(data, socket.MSG_NOSIGNAL)
    rights = array.array("i", descriptors[:DESCRIPTORS])
    return peer.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)], socket.MSG_NOSIGNAL)
