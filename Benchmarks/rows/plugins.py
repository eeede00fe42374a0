"""Drivers that die, hang or are replaced under a steady load: which calls fail, and how long the slowest waits."""

import json
import os
import shutil
import signal
import threading
import time

from engines import IMAGE
from measure import Row, percentile
from wire import RPC

CALLERS = 4
#: Seconds between two operations of a caller: some 500 calls of the driver a second in all.
PACE = 0.008
#: Seconds of load before and after what happens.
BEFORE, AFTER = 1, 3
#: Calls answer within ten seconds or fail; a process that does not answer pings is replaced before.
HANG_AFTER = 12


def plugins(bench):
    """Each kind of driver through each thing that can happen to it."""
    bench.berth.do_run("-d", "--name", "talks", IMAGE, "sh", "-c", "echo line; exec sleep 100000")
    for kind, (plugin, operation) in KINDS.items():
        for event, (happen, after) in EVENTS.items():
            load = Load(bench.berth.socket, operation)
            with load:
                time.sleep(BEFORE)
                began = time.perf_counter()
                happen(bench, plugin)
                ended = time.perf_counter()
                time.sleep(after)
            yield Row(f"{kind}: {event}, slowest operation", "ms", {"berth": [max(load.times()) * 1000]}, [], digits=1,
                      note=load.summary((began, ended) if event in SWITCHES else None))
    bench.berth.remove_all()


def volume(rpc, name):
    rpc.call("volume.create", {"name": name})
    rpc.call("volume.remove", {"name": name, "force": True})


def network(rpc, name):
    rpc.call("network.create", {"name": name})
    rpc.call("network.remove", {"network": name})


def container(rpc, name):
    made = rpc.call("container.create", {"name": name, "config": {"image": IMAGE, "arguments": ["true"]}})
    rpc.call("container.remove", {"id": made["id"]})


def lines(rpc, _):
    rpc.call("container.logs", {"id": "talks", "stdout": True, "stderr": True, "tail": 1})


def pull(rpc, _):
    rpc.call("image.pull", {"reference": IMAGE})


KINDS = {
    "volume": ("local", volume),
    "log": ("json-file", lines),
    "registry": ("layout", pull),
    "snapshotter": ("overlay", container),
    "network": ("bridge", network),
}


def crash(bench, plugin):
    os.kill(pid(bench, plugin), signal.SIGKILL)


def hang(bench, plugin):
    os.kill(pid(bench, plugin), signal.SIGSTOP)


def restart(bench, plugin):
    call(bench, "plugin.restart", {"name": plugin})


def swap(bench, plugin):
    """Another version takes over, and the first comes back."""
    info = call(bench, "plugin.inspect", {"name": plugin})
    folder = f"{bench.scratch}/{plugin}-next"
    shutil.copytree(os.path.dirname(info["executable"]), folder, dirs_exist_ok=True)
    manifest = info["manifest"] | {"version": "99.0.0"}
    with open(f"{folder}/plugin.json", "w") as file:
        json.dump(manifest, file)
    source = {"kind": "folder", "location": folder}
    call(bench, "plugin.upgrade", {"name": plugin, "source": source, "granted": manifest["privileges"]})
    call(bench, "plugin.rollback", {"name": plugin})


EVENTS = {
    "nothing": (lambda bench, plugin: None, AFTER),
    "crash": (crash, AFTER),
    "hang": (hang, HANG_AFTER),
    "restart": (restart, AFTER),
    "upgrade and rollback": (swap, AFTER),
}
#: Those in which one process takes over from another.
SWITCHES = ("restart", "upgrade and rollback")


def call(bench, method, parameters):
    with RPC(bench.berth.socket).open_session() as rpc:
        return rpc.call(method, parameters)


def pid(bench, plugin):
    return call(bench, "plugin.inspect", {"name": plugin})["pid"]


class Load:
    """Callers that do an operation again and again, and note when each began and ended."""

    def __init__(self, path, operation):
        self.spans, self.errors = [], []
        self.over = threading.Event()
        self.callers = [threading.Thread(target=self.run, args=(path, operation, f"load-{number}"))
                        for number in range(CALLERS)]

    def __enter__(self):
        for caller in self.callers:
            caller.start()

    def __exit__(self, *_):
        self.over.set()
        for caller in self.callers:
            caller.join()

    def times(self, began=-float("inf"), ended=float("inf")):
        """Seconds of each operation that was under way between two moments."""
        return [until - since for since, until in self.spans if until >= began and since <= ended]

    def summary(self, switch):
        """What failed, how slow the others were, and how slow those that were under way between the switch's ends."""
        text = (f"{len(self.errors)} of {len(self.spans) + len(self.errors)} operations failed, "
                f"p99 {percentile(self.times(), 0.99) * 1000:.1f} ms")
        if switch:
            during = self.times(*switch)
            text += (f"; during the {(switch[1] - switch[0]) * 1000:.0f} ms of it {len(during)} operations, "
                     f"p50 {percentile(during, 0.5) * 1000:.1f} ms, p99 {percentile(during, 0.99) * 1000:.1f} ms")
        return text + (f": {self.errors[0][:120]}" if self.errors else "")

    def run(self, path, operation, name):
        with RPC(path).open_session() as rpc:
            while not self.over.is_set():
                started = time.perf_counter()
                try:
                    operation(rpc, name)
                    self.spans.append((started, time.perf_counter()))
                except RuntimeError as error:
                    self.errors.append(str(error))
                self.over.wait(max(0, PACE - (time.perf_counter() - started)))
