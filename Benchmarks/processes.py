"""What processes cost: memory and CPU seconds, by the names of their executables.

The bench has a process namespace of its own: what is called containerd there belongs to it."""

import os
import threading


def named(*names):
    """Ids of the processes whose executable has one of these names; a name that ends in * stands for a prefix."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        name = executable(entry)
        if any(name.startswith(n[:-1]) if n.endswith("*") else name == n for n in names):
            found.append(int(entry))
    return found


def executable(pid):
    """A shim runs from a copy of itself that has no path: its command line names it, then."""
    try:
        path = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
        if "memfd:" in path or path.startswith("/") and path.count("/") == 1:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                path = file.read().split(b"\0")[0].decode(errors="replace")
        return os.path.basename(path)
    except OSError:
        return ""


def pss(pids):
    """Mebibytes of proportional set size."""
    return sum(rollup(pid).get("Pss", 0) for pid in pids) / 1024


def rollup(pid):
    """Fields of smaps_rollup, KiB; none of a process that is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = [line.split() for line in file if line.endswith("kB\n")]
        return {words[0].rstrip(":"): int(words[1]) for words in lines}
    except OSError:
        return {}


class Peak:
    """The largest sum of PSS of the named processes while the block runs, looked at every 20 ms."""

    def __init__(self, *names):
        self.names = names
        self.mebibytes = 0.0
        self.ended = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self):
        while not self.ended.wait(0.02):
            self.mebibytes = max(self.mebibytes, pss(named(*self.names)))

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
