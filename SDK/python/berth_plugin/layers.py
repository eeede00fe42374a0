"""Unpacking layers (OCI image-spec, layer.md) into a folder that holds the layers below too.

    layers.apply(call, blob, request.media_type, Path(content))     # → its digest and size

A layer is hostile until proven otherwise: every path is resolved by the kernel with the folder as root (openat2(2)),
and what is made is made by one name in an open folder, never through what was there.
"""

import contextlib
import ctypes
import errno
import hashlib
import os
import shutil
import stat
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from .call import Call
from .errors import BerthError

_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS, _RESOLVE_IN_ROOT = 0x02, 0x10
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BLOCK = 256 << 10
_WHITEOUT, _OPAQUE = b".wh.", b".wh..wh..opq"
_DEVICES = {tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO}
#: Marks of overlay mean nothing here, and would mean something in a copy elsewhere.
_LEFT_OUT = ("trusted.overlay.", "user.overlay.")

_libc = ctypes.CDLL(None, use_errno=True)


class _How(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("flags", "mode", "resolve")]


def _open_inside(root: int, path: bytes, flags: int = _FOLDER) -> int:
    how = _How(flags | os.O_CLOEXEC, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    opened = _libc.syscall(_OPENAT2, root, path or b".", ctypes.byref(how), ctypes.sizeof(how))
    if opened < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
    return opened


@contextlib.contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class _Stream:
    """The tar stream of a blob: decompressed, hashed and counted on its way."""

    def __init__(self, call: Call, blob: int, media_type: str):
        self._call, self._blob, self._position = call, blob, 0
        if media_type.endswith("zstd"):
            raise BerthError("unimplemented", "layers with zstd are not unpacked here")
        self._inflate = zlib.decompressobj(31) if media_type.endswith("gzip") else None
        self._held = b""
        self.hash, self.size = hashlib.sha256(), 0

    def read(self, count: int) -> bytes:
        while len(self._held) < count and (more := self._more()):
            self._held += more
        data, self._held = self._held[:count], self._held[count:]
        self.hash.update(data)
        self.size += len(data)
        return data

    def _more(self) -> bytes:
        """Some bytes; none at the end."""
        while data := os.pread(self._blob, _BLOCK, self._position):
            self._call.check()
            self._position += len(data)
            self._call.progress(self._position)
            if inflated := self._inflated(data) if self._inflate else data:
                return inflated
        if self._inflate and self._inflate.decompress(b"") == b"" and not self._inflate.eof:
            raise tarfile.ReadError("the compressed stream ends too early")
        return b""

    def _inflated(self, data: bytes) -> bytes:
        """A blob may be several gzip members, one after another (RFC 1952, section 2.2)."""
        output = b""
        while data and self._inflate:
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(31)
            output += self._inflate.decompress(data)
            data = self._inflate.unused_data
        return output


class _Unpacking:
    def __init__(self, root: int, tar: tarfile.TarFile):
        self._root, self._tar = root, tar
        #: Inodes that this layer has made or named: its whiteouts do not hide them.
        self._own: set[int] = set()
        self._times: list[tuple[bytes, int]] = []

    def run(self) -> None:
        for entry in self._tar:
            try:
                self._put(entry)
            except (OSError, ValueError) as error:
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise
                raise BerthError("invalidArgument", f"the layer's entry {entry.name[:200]!r}: {error}") from None
        for path, time in reversed(self._times):
            # A later entry may have put something else in its place: then the time is not wanted.
            with contextlib.suppress(OSError), _opened(_open_inside(self._root, path)) as folder:
                os.utime(folder, ns=(time, time))

    def _put(self, entry: tarfile.TarInfo) -> None:
        parts = _parts(os.fsencode(entry.name))
        if not parts:
            return self._set_attributes(entry, b"/proc/self/fd/%d" % self._root, b"") if entry.isdir() else None
        *folders, name = parts
        with _opened(self._parent(folders)) as parent:
            if name.startswith(_WHITEOUT):
                return self._hide(parent, name)
            self._make(entry, parent, name)
            self._own.add(os.lstat(name, dir_fd=parent).st_ino)
            # A further name of a file has the attributes of its first.
            if not entry.islnk():
                self._set_attributes(entry, b"/proc/self/fd/%d/%s" % (parent, name), b"/".join(parts))

    def _parent(self, folders: list[bytes]) -> int:
        """Opens a folder, making what is missing on the way."""
        folder, path = _open_inside(self._root, b""), b""
        for name in folders:
            path = os.path.join(path, name)
            with _opened(folder):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=folder)
                folder = _open_inside(self._root, path)
            self._own.add(os.fstat(folder).st_ino)
        return folder

    # MARK: Whiteouts

    def _hide(self, parent: int, name: bytes) -> None:
        if name == _OPAQUE:
            return self._clear(parent)
        hidden = name[len(_WHITEOUT):]
        if hidden in (b"", b".", b"..") or hidden.startswith(_WHITEOUT):
            raise ValueError("no name to hide")
        with contextlib.suppress(FileNotFoundError):
            self._remove_others(parent, hidden)

    def _clear(self, folder: int) -> None:
        for name in os.listdir(folder):
            self._remove_others(folder, os.fsencode(name))

    def _remove_others(self, parent: int, name: bytes) -> None:
        status = os.lstat(name, dir_fd=parent)
        if status.st_ino not in self._own:
            _remove(parent, name)
        elif stat.S_ISDIR(status.st_mode):
            with _opened(os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)) as folder:
                self._clear(folder)

    # MARK: Entries

    def _make(self, entry: tarfile.TarInfo, parent: int, name: bytes) -> None:
        if entry.isdir() and _is_folder(parent, name):
            return
        if entry.islnk():
            target = _parts(os.fsencode(entry.linkname))
            if not target:
                raise ValueError("the link leads out of the layer")
            if target == _parts(os.fsencode(entry.name)):
                return
            with _opened(_open_inside(self._root, b"/".join(target[:-1]))) as folder:
                os.stat(target[-1], dir_fd=folder, follow_symlinks=False)
                _remove(parent, name)
                return os.link(target[-1], name, src_dir_fd=folder, dst_dir_fd=parent, follow_symlinks=False)
        _remove(parent, name)
        if entry.isdir():
            os.mkdir(name, 0o700, dir_fd=parent)
        elif entry.issym():
            os.symlink(os.fsencode(entry.linkname), name, dir_fd=parent)
        elif entry.type in _DEVICES:
            device = os.makedev(entry.devmajor, entry.devminor)
            os.mknod(name, _DEVICES[entry.type] | 0o600, device, dir_fd=parent)
        elif entry.isfile():
            self._write(entry, parent, name)
        else:
            raise ValueError("it is of an unknown type")

    def _write(self, entry: tarfile.TarInfo, parent: int, name: bytes) -> None:
        source = self._tar.extractfile(entry)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(name, flags, 0o600, dir_fd=parent), "wb") as file:
            shutil.copyfileobj(source, file, _BLOCK)  # type: ignore[arg-type]

    def _set_attributes(self, entry: tarfile.TarInfo, place: bytes, path: bytes) -> None:
        """Owner first: it takes setuid bits and capabilities away."""
        inside = place if path else place + b"/."
        os.chown(inside, entry.uid, entry.gid, follow_symlinks=False)
        if not entry.issym():
            os.chmod(inside, entry.mode & 0o7777)
            for key, value in entry.pax_headers.items():
                attribute = key.removeprefix("SCHILY.xattr.")
                if attribute != key and not attribute.startswith(_LEFT_OUT):
                    with contextlib.suppress(_Unsupported):
                        _set_extended(inside, attribute, os.fsencode(value))
        time = int(entry.mtime * 1_000_000_000)
        if entry.isdir():
            self._times.append((path, time))
        os.utime(inside, ns=(time, time), follow_symlinks=False)


class _Unsupported(Exception):
    """The file system has no such attributes."""


def _set_extended(place: bytes, name: str, value: bytes) -> None:
    try:
        os.setxattr(place, name, value, follow_symlinks=False)
    except OSError as error:
        raise _Unsupported from None if error.errno == errno.EOPNOTSUPP else error


def _parts(path: bytes) -> list[bytes]:
    parts = [part for part in path.split(b"/") if part not in (b"", b".")]
    if b".." in parts or b"\0" in path:
        raise ValueError("its path leads out of the layer")
    return parts


def _is_folder(parent: int, name: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode)
    except FileNotFoundError:
        return False


def _remove(parent: int, name: bytes) -> None:
    """What is gone succeeds."""
    with contextlib.suppress(FileNotFoundError):
        if _is_folder(parent, name):
            shutil.rmtree(os.fsdecode(name), dir_fd=parent)
        else:
            os.unlink(name, dir_fd=parent)


def apply(call: Call, blob: int, media_type: str, root: Path) -> tuple[str, int]:
    """Unpacks a blob, read from its beginning, into `root`; nobody else may write there meanwhile.

    Returns the digest of the tar stream and its bytes. Raises BerthError: `invalidArgument` for a layer that leads out
    of its root, `corrupted` for one that is damaged; a part of it is in the folder then.
    """
    stream = _Stream(call, blob, media_type)
    try:
        with _opened(os.open(root, _FOLDER)) as folder:
            with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as tar:  # type: ignore[call-overload]
                _Unpacking(folder, tar).run()
        # What follows the end of the archive is part of the stream that has the digest.
        while stream.read(_BLOCK):
            pass
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise BerthError("corrupted", f"the layer is no whole tar: {error}") from None
    return f"sha256:{stream.hash.hexdigest()}", stream.size
