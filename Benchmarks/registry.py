"""Debian's docker-registry on loopback, once in each network namespace that pulls from it, over one store."""

import os
import socket
import subprocess
import time

from measure import Failed, spend

PORT = 5000
CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}/store}}, cache: {{blobdescriptor: inmemory}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


class Registry:
    """`reach` wraps a command so that it runs in an engine's network namespace."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/config.yml", "w") as file:
            file.write(CONFIGURATION.format(folder=folder, port=PORT))

    def serve(self, reach=list):
        command = reach(["docker-registry", "serve", f"{self.folder}/config.yml"])
        self.processes.append(subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True))
        return self

    def wait(self):
        """Until the one in the bench's own namespace answers."""
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", PORT)).close()
                return self
            except OSError:
                time.sleep(0.01)
        raise Failed("docker-registry does not start")

    def push(self, layout, name):
        spend(["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout}:latest",
               f"docker://127.0.0.1:{PORT}/{name}:latest"])
        return f"127.0.0.1:{PORT}/{name}:latest"

    def close(self):
        for process in self.processes:
            process.terminate()
            process.wait()
