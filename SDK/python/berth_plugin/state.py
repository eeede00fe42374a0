"""Files that are there whole or not at all, over crashes and losses of power."""

import contextlib
import errno
import json
import os
import shutil
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import BerthError


def write(path: Path, data: bytes) -> None:
    """Replaces a file: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view):]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(temporary, path)
    synchronize(path.parent)


def synchronize(folder: Path) -> None:
    """Puts what a folder lists on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(folder: Path) -> None:
    """Removes a folder with all that is in it; its name is free at once, and one that is gone succeeds."""
    trash = folder.with_name(f".trash-{os.getpid()}-{os.urandom(6).hex()}")
    try:
        os.rename(folder, trash)
    except FileNotFoundError:
        return
    shutil.rmtree(trash)


def sweep(parent: Path) -> None:
    """Removes what a crash has left of `write` and `discard`; to be called before anything else at start."""
    for leftover in parent.glob(".*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


class Turns:
    """Calls about the same key run one after another, others at once.

    with call.holding(turns.of(request.key, request.parent)):
    """

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def of(self, *keys: str | None) -> Iterator[None]:
        wanted = {key for key in keys if key is not None}
        with self._changed:
            self._changed.wait_for(lambda: not self._held & wanted)
            self._held |= wanted
        try:
            yield
        finally:
            with self._changed:
                self._held -= wanted
                self._changed.notify_all()


class Records:
    """Records of JSON by key, one file each, all in memory too: what a driver must still know after a crash.

    A key may be any text of up to 128 bytes, also one that is no file's name.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        self._records = {
            urllib.parse.unquote(file.stem): json.loads(file.read_text()) for file in folder.glob("*.json")}

    def __getitem__(self, key: str) -> Any:
        return self._records[key]

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._records))

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: str) -> Any:
        return self._records.get(key)

    def find(self, key: str, what: str) -> Any:
        """The record of a key. Raises `notFound`, with what there is none of."""
        if key not in self._records:
            raise BerthError("notFound", f"there is no {what} {key}", object=f"{what} {key}")
        return self._records[key]

    def values(self) -> list[Any]:
        return list(self._records.values())

    def __setitem__(self, key: str, record: Any) -> None:
        write(self._file(key), json.dumps(record).encode())
        self._records[key] = record

    def __delitem__(self, key: str) -> None:
        self._file(key).unlink(missing_ok=True)
        synchronize(self._folder)
        del self._records[key]

    def discard(self, key: str) -> None:
        """Removes a record; one that is gone succeeds."""
        if key in self._records:
            del self[key]

    def _file(self, key: str) -> Path:
        if not key:
            raise OSError(errno.EINVAL, "a key is not empty")
        name = urllib.parse.quote(key, safe="").replace(".", "%2E")
        return self._folder / f"{name}.json"
