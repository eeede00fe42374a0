"""The engines that are compared, each with private folders, sockets and cgroups, each driven by its own client."""

import os
import shutil
import signal
import subprocess
import time

from cgroup import Account
from measure import Failed, spend
from wire import RPC, Wire, http_get, request

IMAGE = "busybox"


class Engine:
    """One engine. `infrastructure` names the executables that serve all containers, `helpers` those of one container."""

    name = ""
    infrastructure = ()
    helpers = ()

    def __init__(self, bench):
        self.folder = f"{bench.scratch}/{self.name}"
        os.makedirs(self.folder)
        self.account = Account(f"/{os.path.basename(bench.scratch)}/{self.name}")
        self.environment = {**os.environ, "HOME": self.folder}
        self.daemon = None

    def daemon_command(self):
        """What to start by hand; nothing for an engine without a daemon."""
        return None

    def start(self):
        """Starts the daemon; seconds until its API answers."""
        command = self.daemon_command()
        if not command:
            return 0.0
        started = time.perf_counter()
        with open(f"{self.folder}/daemon.log", "a") as log:
            self.daemon = subprocess.Popen(
                self.account.enter(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.environment, start_new_session=True)
        while not self.answers():
            if self.daemon.poll() is not None or time.perf_counter() - started > 60:
                with open(f"{self.folder}/daemon.log", errors="replace") as log:
                    raise Failed(f"{self.name} does not start: {log.read()[-2000:]}")
            time.sleep(0.001)
        return time.perf_counter() - started

    def stop(self):
        """Tells the daemon to end; seconds until it has. Containers go on."""
        if not self.daemon:
            return 0.0
        started = time.perf_counter()
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(120)
        self.daemon = None
        return time.perf_counter() - started

    def answers(self):
        return True

    def command(self, *words):
        """A command of the client's."""
        raise NotImplementedError

    def do(self, *words, **options):
        return spend(self.command(*words), self.environment, **options)

    def run(self, *words):
        """A `run` command, with what this engine needs on it."""
        return self.command("run", *words)

    def create(self, *words):
        return self.command("create", *words)

    def pull(self, reference):
        return self.command("pull", "-q", reference)

    @property
    def everything(self):
        """Names of all that this engine runs, clients too."""
        return (*self.infrastructure, *self.helpers, self.name)

    def do_run(self, *words):
        return spend(self.run(*words), self.environment)

    def answer(self, *words):
        """What a command prints."""
        done = subprocess.run(self.command(*words), env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"{self.name} {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def remove_all(self):
        ids = self.answer("ps", "-aq").split()
        if ids:
            self.do("rm", "-f", "-v", *ids)

    def reach(self, argv):
        """A command, run where the engine's published ports and its view of loopback are."""
        return argv

    def reach_do(self, *words):
        spend(self.reach(list(words)), self.environment)

    def close(self):
        self.remove_all()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Berth(Engine):
    name = "berth"
    infrastructure = ("berthd", "berth-overlay", "berth-bridge", "berth-none", "berth-host", "berth-json-file",
                      "berth-local", "berth-distribution", "berth-layout")
    helpers = ("berth-shim",)

    def __init__(self, bench):
        super().__init__(bench)
        self.stage = bench.stage
        self.socket = f"{self.folder}/run/berth.sock"
        self.environment["BERTH_HOST"] = f"unix://{self.socket}"
        os.makedirs(f"{self.folder}/root")
        shutil.copytree(bench.busybox, f"{self.folder}/root/plugins/layout/registry/docker.io/library/{IMAGE}")
        with open(f"{self.folder}/berthd.toml", "w") as file:
            file.write(f'cgroup-parent = "{self.account.path}"\n')

    def daemon_command(self):
        return [f"{self.stage}/bin/berthd", "--config", f"{self.folder}/berthd.toml",
                "--root", f"{self.folder}/root", "--run", f"{self.folder}/run"]

    def answers(self):
        try:
            with Wire(self.socket) as wire:
                return b"pong" in wire.exchange(request("system.ping"), b"\n")
        except OSError:
            return False

    def running(self):
        """How many containers the API lists as running."""
        with RPC(self.socket) as rpc:
            return len(rpc.open_session().call("container.list"))

    def command(self, *words):
        return [f"{self.stage}/bin/berth", *words]

    def load(self):
        self.do("pull", "-q", IMAGE)


class Docker(Engine):
    name = "docker"
    infrastructure = ("dockerd", "containerd")
    helpers = ("containerd-shim*", "docker-proxy")

    def __init__(self, bench):
        super().__init__(bench)
        self.archive = f"{bench.scratch}/{IMAGE}.docker.tar"
        self.layout = bench.busybox
        self.socket = f"{self.folder}/docker.sock"
        self.environment["DOCKER_HOST"] = f"unix://{self.socket}"

    def daemon_command(self):
        """In a network namespace of its own: it sets the policy of the FORWARD chain, which would be another's too."""
        command = ["dockerd", "--data-root", f"{self.folder}/root", "--exec-root", f"{self.folder}/run",
                   "--pidfile", f"{self.folder}/pid", "--host", f"unix://{self.socket}", "--live-restore",
                   "--cgroup-parent", self.account.path, "--log-level", "error"]
        if os.path.exists(f"{self.folder}/netns"):
            return ["nsenter", f"--net={self.folder}/netns", *command]
        with open(f"{self.folder}/netns", "w"):
            pass
        return ["unshare", f"--net={self.folder}/netns", "sh", "-c", 'ip link set lo up; exec "$@"', "net", *command]

    def answers(self):
        try:
            with Wire(self.socket) as wire:
                return b" 200 " in wire.exchange(http_get("/_ping"), b"OK")
        except OSError:
            return False

    def running(self):
        with Wire(self.socket) as wire:
            return wire.everything(http_get("/containers/json", "1.0")).count(b'"HostConfig"')

    def command(self, *words):
        return ["/usr/bin/docker", *words]

    def load(self):
        spend(["skopeo", "copy", "-q", f"oci:{self.layout}:latest", f"docker-archive:{self.archive}:{IMAGE}:latest"])
        self.do("load", "-q", "-i", self.archive)

    def reach(self, argv):
        return ["nsenter", f"--net={self.folder}/netns", *argv]

    def close(self):
        super().close()
        subprocess.run(["umount", f"{self.folder}/netns"], check=False, stderr=subprocess.DEVNULL)


class Podman(Engine):
    name = "podman"
    helpers = ("conmon",)

    def __init__(self, bench):
        super().__init__(bench)
        self.layout = bench.busybox

    def command(self, *words):
        return ["podman", "--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run",
                "--tmpdir", f"{self.folder}/tmp", "--network-config-dir", f"{self.folder}/networks",
                "--cgroup-manager", "cgroupfs", "--events-backend", "file", *words]

    def run(self, *words):
        return self.command("run", "--cgroup-parent", self.account.path, *words)

    def create(self, *words):
        return self.command("create", "--cgroup-parent", self.account.path, *words)

    def pull(self, reference):
        return self.command("pull", "-q", "--tls-verify=false", reference)

    def load(self):
        self.do("pull", "-q", f"oci:{self.layout}")
        self.do("tag", self.answer("images", "-q"), IMAGE)

    def remove_all(self):
        self.do("rm", "-f", "-a", "-v", "-t", "0")
