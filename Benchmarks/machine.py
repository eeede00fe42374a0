"""What the figures were measured on."""

import os
import subprocess

from cgroup import V2


def output(*argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError):
        return "absent"


def field(path, name):
    with open(path) as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")


def package(name):
    return f"{name} {output('dpkg-query', '-W', '-f', '${Version}', name)}"


def describe(stage):
    """Lines for the head of a table."""
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 1024 ** 2
    peers = ["docker.io", "containerd", "runc", "podman", "crun", "conmon"]
    load = " ".join(f"{n:.1f}" for n in os.getloadavg())
    return [
        f"machine: {os.cpu_count()} × {field('/proc/cpuinfo', 'model name')}, {memory:.0f} GiB, {os.uname().machine}",
        f"kernel {os.uname().release}, cgroup {'v2' if V2 else 'v1'}, {field_of_release()}",
        f"berth {output(stage + '/bin/berth', '--version')}, commit {output('git', 'rev-parse', '--short', 'HEAD')}",
        "peers: " + ", ".join(map(package, peers)),
        f"data roots: tmpfs; namespaces of the bench's own; load average at the start {load}",
    ]


def field_of_release():
    with open("/etc/os-release") as file:
        return next(line.split("=", 1)[1].strip().strip('"') for line in file if line.startswith("PRETTY_NAME="))
