"""Loop devices (loop(4)): a file as a block device."""

import fcntl
import os
import struct
from collections.abc import Callable
from pathlib import Path

from berth_plugin import BerthError

_CLEAR, _GET_STATUS, _CONFIGURE, _GET_FREE = 0x4C01, 0x4C05, 0x4C0A, 0x4C82
_AUTOCLEAR = 4
# struct loop_info64: five numbers of 64 bits, four of 32, two names, a key, two numbers.
_INFO = struct.Struct("5Q4I64s64s32s2Q")
_CONFIG = struct.Struct(f"2I{_INFO.size}s8Q")


def attached(image: Path) -> list[Path]:
    """Devices whose content the file is."""
    found = []
    for entry in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if entry.read_text().rstrip("\n") == str(image):
                found.append(Path("/dev") / entry.parts[3])
        except OSError:
            continue  # It was given up meanwhile.
    return found


def attach(image: Path, wait: Callable[[], None]) -> Path:
    """The device of a file, made unless it is there.

    One that was given up is there until the last mount of it is gone; two devices of one file would be two filesystems
    that do not know of each other. `wait` is called between two looks, and raises when it takes too long.
    """
    while devices := attached(image):
        if not _is_given_up(devices[0]):
            return devices[0]
        wait()
    return _configure(image, wait)


def _configure(image: Path, wait: Callable[[], None]) -> Path:
    with open(image, "r+b") as file, open("/dev/loop-control", "rb") as control:
        info = _INFO.pack(*[0] * 5, 0, 0, 0, 0, os.fsencode(image)[:63], b"", b"", 0, 0)
        while True:
            device = Path(f"/dev/loop{fcntl.ioctl(control, _GET_FREE)}")
            try:
                with open(device, "r+b", buffering=0) as node:
                    fcntl.ioctl(node, _CONFIGURE, _CONFIG.pack(file.fileno(), 0, info, *[0] * 8))
                return device
            except BlockingIOError:
                wait()
            except OSError as error:
                if error.errno != 16:
                    raise BerthError("unavailable", f"no loop device for {image}: {error}") from None
                # EBUSY: somebody else took it first.
                wait()


def detach(image: Path) -> None:
    """Gives the devices of a file up: at once, or when the last mount is gone."""
    for device in attached(image):
        try:
            with open(device, "rb") as node:
                fcntl.ioctl(node, _CLEAR)
        except OSError as error:
            if error.errno != 6:  # ENXIO: it is no file's any more.
                raise


def _is_given_up(device: Path) -> bool:
    try:
        with open(device, "rb") as node:
            flags = _INFO.unpack(fcntl.ioctl(node, _GET_STATUS, bytes(_INFO.size)))[8]
        return bool(flags & _AUTOCLEAR)
    except OSError:
        return True
