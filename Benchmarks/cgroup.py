"""A cgroup of an engine's own, to count the CPU seconds of everything that it runs: daemon, client, shims, containers."""

import os

from isolation import CGROUPS

V2 = os.path.exists(f"{CGROUPS}/cgroup.controllers")


class Account:
    """`path` as peers name it: below it they put their containers, `daemon` below it holds what the bench starts."""

    def __init__(self, path):
        self.path = path
        self.folder = f"{CGROUPS}{path}" if V2 else f"{CGROUPS}/cpuacct{path}"
        os.makedirs(f"{self.folder}/daemon", exist_ok=True)

    def enter(self, argv):
        """The command, run in this cgroup."""
        return ["sh", "-c", f'echo $$ > {self.folder}/daemon/cgroup.procs; exec "$@"', "enter", *argv]

    def seconds(self):
        """CPU seconds so far."""
        if not V2:
            with open(f"{self.folder}/cpuacct.usage") as file:
                return int(file.read()) / 1e9
        with open(f"{self.folder}/cpu.stat") as file:
            return int(file.readline().split()[1]) / 1e6
