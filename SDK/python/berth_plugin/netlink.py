"""Links, addresses and routes of network namespaces, spoken to the kernel directly (rtnetlink(7)).

    with Namespace(descriptor) as sandbox:
        host.make_veth("vp0", peer="eth0", namespace=sandbox)
        sandbox.add_address("eth0", "10.1.0.2/30")
        sandbox.up("eth0")
        sandbox.add_route("0.0.0.0/0", via="10.1.0.1", link="eth0")
"""

import contextlib
import ctypes
import errno
import ipaddress
import itertools
import os
import socket
import struct
import threading
from typing import Any

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBi")
_ROUTE = struct.Struct("=BBBBBBBBI")
_REQUEST, _ACK, _DUMP, _CREATE, _EXCL = 1, 4, 0x300, 0x400, 0x200
_ERROR, _DONE, _MULTI = 2, 3, 2
_NEWLINK, _DELLINK, _GETLINK, _NEWADDR, _NEWROUTE = 16, 17, 18, 20, 24
_IFNAME, _MTU, _LINKINFO, _NET_NS_FD, _ALIAS, _MAC = 3, 4, 18, 28, 20, 1
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), "setns")


def _attribute(kind: int, content: bytes) -> bytes:
    size = 4 + len(content)
    return struct.pack("=HH", size, kind) + content + bytes(-size % 4)


def _attributes(content: bytes) -> dict[int, bytes]:
    found = {}
    while len(content) >= 4:
        size, kind = struct.unpack_from("=HH", content)
        if size < 4:
            break
        found[kind & 0x3FFF] = content[4:size]
        content = content[size + -size % 4:]
    return found


class Link:
    """An interface as the kernel described it."""

    def __init__(self, content: bytes):
        _, _, self.index, self.flags, _ = _LINK.unpack_from(content)
        attributes = _attributes(content[_LINK.size:])
        self.name = attributes[_IFNAME].rstrip(b"\0").decode()
        self.alias = attributes.get(_ALIAS, b"").rstrip(b"\0").decode(errors="replace")
        self.mac = attributes.get(_MAC, b"").hex(":")


class Host:
    """The network namespace that this process is in. Every method raises OSError with the kernel's errno."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = itertools.count(1)
        self._socket = self._open()

    def _open(self) -> socket.socket:
        made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        made.bind((0, 0))
        return made

    def close(self) -> None:
        self._socket.close()

    # MARK: Links

    def links(self) -> list[Link]:
        return [Link(content) for content in self._ask(_GETLINK, _LINK.pack(0, 0, 0, 0, 0), _DUMP)]

    def link(self, name: str) -> Link | None:
        """None when there is none of that name."""
        with contextlib.suppress(OSError):
            found = self._ask(_GETLINK, _LINK.pack(0, 0, 0, 0, 0) + _name(name), 0)
            return Link(found[0])
        return None

    def make_veth(
        self, name: str, *, peer: str, namespace: "Namespace", mac: str | None = None, alias: str = "",
        mtu: int | None = None,
    ) -> None:
        """Makes a pair, whose far end is in another namespace from the start. `mac` is the far end's."""
        if "lo" in (name, peer):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), "lo")
        size = _attribute(_MTU, struct.pack("=I", mtu)) if mtu else b""
        far = _LINK.pack(0, 0, 0, 0, 0) + _name(peer) + _attribute(_NET_NS_FD, struct.pack("=i", namespace.fileno()))
        far += size + (_attribute(_MAC, bytes.fromhex(mac.replace(":", ""))) if mac else b"")
        data = _attribute(_INFO_DATA, _attribute(_VETH_PEER, far))
        info = _attribute(_LINKINFO, _attribute(_INFO_KIND, b"veth") + data)
        self._ask(_NEWLINK, _LINK.pack(0, 0, 0, 0, 0) + _name(name) + size + info, _CREATE | _EXCL)
        if alias:
            # Not at the making: the kernel ignores it there.
            self._ask(_NEWLINK, _LINK.pack(0, 0, self._index(name), 0, 0) + _attribute(_ALIAS, alias.encode()), 0)

    def up(self, name: str) -> None:
        self._ask(_NEWLINK, _LINK.pack(0, 0, self._index(name), 1, 1), 0)

    def delete(self, name: str) -> None:
        """Deletes an interface; one that is gone succeeds. With one end of a pair the other goes."""
        try:
            self._ask(_DELLINK, _LINK.pack(0, 0, 0, 0, 0) + _name(name), 0)
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise

    def delete_others(self, alias: str, kept: set[str]) -> None:
        """Deletes interfaces with an alias, except those named: what a crash has left."""
        for link in self.links():
            if link.alias == alias and link.name not in kept:
                self.delete(link.name)

    def _index(self, name: str) -> int:
        link = self.link(name)
        if not link:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), name)
        return link.index

    # MARK: Addresses and routes

    def add_address(self, name: str, interface: str) -> None:
        """`interface` is an address with its prefix: `10.1.0.2/30`. One that is there succeeds."""
        address = ipaddress.ip_interface(interface)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        body = _ADDRESS.pack(family, address.network.prefixlen, 0, 0, self._index(name))
        self._add(_NEWADDR, body + _attribute(1, address.ip.packed) + _attribute(2, address.ip.packed))

    def add_route(self, destination: str, *, link: str, via: str | None = None) -> None:
        """A route of the main table; one that is there succeeds."""
        network = ipaddress.ip_network(destination)
        family = socket.AF_INET if network.version == 4 else socket.AF_INET6
        scope = 0 if via else 253
        body = _ROUTE.pack(family, network.prefixlen, 0, 0, 254, 4, scope, 1, 0)
        body += _attribute(1, network.network_address.packed) if network.prefixlen else b""
        body += _attribute(5, ipaddress.ip_address(via).packed) if via else b""
        self._add(_NEWROUTE, body + _attribute(4, struct.pack("=i", self._index(link))))

    def _add(self, kind: int, body: bytes) -> None:
        try:
            self._ask(kind, body, _CREATE | _EXCL)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise

    # MARK: Messages

    def _ask(self, kind: int, body: bytes, flags: int) -> list[bytes]:
        """Sends a request, and returns the messages that answer it."""
        with self._lock:
            sequence = next(self._sequence) & 0xFFFFFFFF
            wanted = _REQUEST | flags | (0 if flags & _DUMP == _DUMP or kind == _GETLINK else _ACK)
            self._socket.send(_HEADER.pack(_HEADER.size + len(body), kind, wanted, sequence, 0) + body)
            answers: list[bytes] = []
            while not self._take(self._socket.recv(1 << 18), sequence, answers):
                pass
            return answers

    @staticmethod
    def _take(data: bytes, sequence: int, answers: list[bytes]) -> bool:
        """Returns whether that was the last of the answer."""
        done = False
        while len(data) >= _HEADER.size:
            size, kind, flags, number, _ = _HEADER.unpack_from(data)
            body, data = data[_HEADER.size:size], data[size + -size % 4:]
            if number != sequence:
                continue  # A late answer of before.
            if kind == _ERROR:
                code = -struct.unpack_from("=i", body)[0]
                if code:
                    raise OSError(code, os.strerror(code), "netlink")
                done = True
            elif kind == _DONE:
                done = True
            else:
                answers.append(body)
                done = done or not flags & _MULTI
        return done


class Namespace(Host):
    """Another network namespace, by a descriptor of it, which becomes this object's; or by its path."""

    def __init__(self, place: int | str):
        self._descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC) if isinstance(place, str) else place
        try:
            super().__init__()
        except BaseException:
            os.close(self._descriptor)
            raise

    def _open(self) -> socket.socket:
        """A socket belongs to the namespace in which it was made, so a thread goes there for a moment."""
        outcome: list[Any] = []

        def visit() -> None:
            try:
                _setns(self._descriptor)
                outcome.append(super(Namespace, self)._open())
            except OSError as error:
                outcome.append(error)
        visitor = threading.Thread(target=visit, name="namespace")
        visitor.start()
        visitor.join()
        if isinstance(outcome[0], OSError):
            raise outcome[0]
        return outcome[0]

    def fileno(self) -> int:
        return self._descriptor

    @property
    def identity(self) -> int:
        """The same for every descriptor of one namespace, for as long as it lives."""
        return os.fstat(self._descriptor).st_ino

    def close(self) -> None:
        super().close()
        os.close(self._descriptor)

    def __enter__(self) -> "Namespace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def host_identity() -> int:
    """The identity of this process's own namespace."""
    return os.stat("/proc/self/ns/net").st_ino


def _name(name: str) -> bytes:
    content = name.encode()
    if not content or len(content) > 15 or b"/" in content or b"\0" in content or name in (".", ".."):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
    return _attribute(_IFNAME, content + b"\0")
