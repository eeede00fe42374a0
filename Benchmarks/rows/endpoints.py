"""The network drivers alone: a sandbox is connected and disconnected."""

import json
import os
import subprocess
import time

from measure import Budget, Row, interleave, spend
from plugin import Plugin

NETWORK = "be" * 32
CNI = "/usr/lib/cni"
CNI_CONFIGURATION = {
    "cniVersion": "0.4.0", "name": "bench", "type": "bridge", "bridge": "bench0", "isGateway": True, "ipMasq": True,
    "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.99.0.0/16"}]], "routes": [{"dst": "0.0.0.0/0"}]},
}


def endpoints(bench):
    """Berth's bridge plugin over its socket; podman's, as an executable for each call, as podman calls it."""
    plugin = Plugin(bench.stage, "bridge", f"{bench.scratch}/bridge")
    try:
        plugin.rpc.call("network.createNetwork", {
            "id": NETWORK, "networkName": "bench", "isInternal": False, "options": {}, "labels": {}})
        pings = [timed(plugin.rpc.call, "plugin.ping") * 1000 for _ in range(500)]
        yield Row("plugin.ping, a caller without a daemon", "µs", {"bridge": pings}, [Budget(80)], subject="bridge",
                  note="The budget is for core to plugin and back; here the caller is the bench.")
        yield Row("attach of an endpoint, and detach when its sandbox has ended", "ms", interleave({
            "berth": lambda: berth(plugin.rpc, ends=True), "CNI bridge": lambda: cni(bench),
        }, bench.runs), [Budget(3)], digits=2, note="As when a container ends. podman keeps the sandbox until then.")
        yield Row("attach, and detach of a sandbox that goes on", "ms", interleave({
            "berth": lambda: berth(plugin.rpc, ends=False), "CNI bridge": lambda: cni(bench),
        }, bench.runs), digits=2, note="As `network disconnect`: the kernel waits for its readers when a link goes.")
        plugin.rpc.call("network.deleteNetwork", {"id": NETWORK})
    finally:
        plugin.close()


class Sandbox:
    """A network namespace, kept by a process that sleeps in it."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep 100000"],
                                        stdout=subprocess.PIPE)
        self.process.stdout.readline()
        self.path = f"/proc/{self.process.pid}/ns/net"
        self.descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self):
        os.close(self.descriptor)
        self.process.kill()
        self.process.wait()


def timed(function, *arguments):
    started = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - started) * 1000


def berth(rpc, ends):
    """Milliseconds, without those that the sandbox's end takes."""
    sandbox = Sandbox()
    endpoint = {"endpoint": "bench", "network": NETWORK, "interface": "eth0", "ports": []}
    request = {"endpoint": endpoint, "sandbox": sandbox.path}
    took = timed(rpc.call, "network.attach", request, (sandbox.descriptor,))
    if ends:
        sandbox.close()
    took += timed(rpc.call, "network.detach", {"endpoint": "bench"})
    if not ends:
        sandbox.close()
    return took


def cni(bench):
    """Milliseconds."""
    path, sandbox = f"{bench.scratch}/cni.json", Sandbox()
    with open(path, "w") as file:
        json.dump(CNI_CONFIGURATION, file)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CNI_PATH": CNI, "CNI_CONTAINERID": "bench",
                   "CNI_NETNS": sandbox.path, "CNI_IFNAME": "eth0"}
    command = ["sh", "-c", f"exec {CNI}/bridge < {path}"]
    took = sum(spend(command, {**environment, "CNI_COMMAND": verb}).wall * 1000 for verb in ("ADD", "DEL"))
    sandbox.close()
    return took
