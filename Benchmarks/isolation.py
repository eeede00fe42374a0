"""Namespaces of the bench's own, so that peers, firewall rules and crashes leave the host as it was.

The outer process makes a folder and unshares; the inner one, in namespaces of its own for mounts, network and
processes, runs the rows. When the inner one ends, however it ends, the kernel ends every process in there and drops
the mounts and links; the outer one removes the folder and the cgroups."""

import glob
import os
import shutil
import signal
import subprocess
import sys
import time

CGROUPS = "/sys/fs/cgroup"


def outside(arguments):
    """Runs this program again inside; returns its exit code."""
    # No random letters: podman makes image names of folders, and takes few characters in them.
    scratch = f"/tmp/berth-bench-{os.getpid()}"
    os.mkdir(scratch, 0o700)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Ctrl-C reaches every process of the terminal; the inner one ends by it, and this one waits for that.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inner = None
    try:
        inner = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL",
             "unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "--mount-proc", "--kill-child",
             sys.executable, "-B", os.path.dirname(__file__), "--inside", scratch, *arguments])
        return inner.wait()
    finally:
        if inner and inner.poll() is None:
            inner.kill()
            inner.wait()
        remove_cgroups(os.path.basename(scratch))
        shutil.rmtree(scratch)


def inside(scratch):
    """Called first in the inner process: becomes the child of a process 1 that reaps, and arranges the mounts."""
    # The outer process ignores Ctrl-C, and this one has that from it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    fork_from_reaper()
    mount("-t", "tmpfs", "-o", "mode=755", "scratch", scratch)
    mount("-t", "tmpfs", "-o", "mode=755", "run", "/run")
    mount("-t", "tmpfs", "-o", "mode=1777", "shm", "/dev/shm")
    # What peers write below /var/lib whatever their options say (CNI's addresses) goes with the namespace.
    os.makedirs(f"{scratch}/var/upper")
    os.makedirs(f"{scratch}/var/work")
    mount("-t", "overlay", "-o", f"lowerdir=/var/lib,upperdir={scratch}/var/upper,workdir={scratch}/var/work",
          "var", "/var/lib")
    if os.path.isdir(f"{CGROUPS}/unified"):
        # crun refuses v1 controllers beside a v2 hierarchy that has one, too.
        subprocess.run(["umount", f"{CGROUPS}/unified"], check=False)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def fork_from_reaper():
    """Process 1 stays here for ever, waiting for what nobody else waits for; the bench goes on in its child."""
    child = os.fork()
    if child == 0:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def remove_cgroups(name):
    """Removes the bench's cgroups from every hierarchy; their processes were killed a moment ago and may linger."""
    for top in glob.glob(f"{CGROUPS}/{name}") + glob.glob(f"{CGROUPS}/*/{name}"):
        deadline = time.monotonic() + 5
        while os.path.isdir(top):
            for folder, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.02)
