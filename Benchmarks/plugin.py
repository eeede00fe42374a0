"""A plugin on its own, driven as the supervisor drives it (Docs/protocol.md): its socket is fd 3."""

import os
import socket
import subprocess

from wire import RPC


class Plugin:
    """Runs an executable in a network namespace of its own; `rpc` is a session with it."""

    def __init__(self, stage, name, folder):
        os.makedirs(f"{folder}/state")
        os.makedirs(f"{folder}/run")
        path = f"{folder}/plugin.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        executable = f"{stage}/libexec/berth/plugins/{name}/berth-{name}"
        self.process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "net", executable, name],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LISTEN_FDS": "1", "BERTH_PLUGIN": name},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=lambda: os.dup2(self.listener.fileno(), 3), pass_fds=(3,))
        self.rpc = RPC(path)
        self.rpc.call("initialize", {
            "instance": name, "supervisor": {"name": "bench", "version": "1"},
            "protocolRange": {"minimum": 1, "maximum": 1}, "configuration": {},
            "stateDirectory": f"{folder}/state", "runDirectory": f"{folder}/run"})

    def close(self):
        self.rpc.call("plugin.shutdown")
        self.rpc.socket.close()
        self.process.wait(10)
        self.listener.close()
