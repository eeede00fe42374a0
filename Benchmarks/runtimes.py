"""OCI runtimes without an engine: one bundle for all of them."""

import copy
import json
import os
import subprocess

# docker's default capabilities.
CAPABILITIES = [f"CAP_{name}" for name in (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL "
    "AUDIT_WRITE").split()]
PROFILE = "/usr/share/containers/seccomp.json"


class Bundle:
    """A root folder made from the image and a configuration with everything that an engine asks for by default:
    namespaces, of the network too unless told otherwise, capabilities, a filter, a cgroup, masked paths."""

    def __init__(self, bench):
        self.folder = f"{bench.scratch}/bundle"
        self.cgroup = f"/{os.path.basename(bench.scratch)}/runtime"
        self.root = f"{self.folder}/rootfs"
        os.makedirs(self.root)
        for layer in layers(bench.busybox):
            subprocess.run(["tar", "-xzf", layer, "-C", self.root], check=True)
        subprocess.run(["runc", "spec", "--bundle", self.folder], check=True)
        with open(f"{self.folder}/config.json") as file:
            self.base = json.load(file)
        self.runtimes = {
            "berth-runtime": [f"{bench.stage}/libexec/berth/berth-runtime", "--root", f"{bench.scratch}/state/berth"],
            "crun": ["crun", "--root", f"{bench.scratch}/state/crun"],
            "runc": ["runc", "--root", f"{bench.scratch}/state/runc"],
        }

    def write(self, name, *arguments, network=True):
        """A bundle for one command, of which only the configuration differs; its folder."""
        folder = f"{self.folder}-{name}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/config.json", "w") as file:
            json.dump(self.configuration(name, arguments, network), file)
        return folder

    def configuration(self, name, arguments, network):
        config = copy.deepcopy(self.base)
        if not network:
            config["linux"]["namespaces"] = [space for space in config["linux"]["namespaces"]
                                             if space["type"] != "network"]
        config["root"] = {"path": self.root, "readonly": False}
        process = config["process"]
        process |= {"terminal": False, "args": list(arguments), "env": ["PATH=/bin"]}
        process["capabilities"] = {name: CAPABILITIES for name in ("bounding", "effective", "permitted")}
        config["linux"]["cgroupsPath"] = f"{self.cgroup}/{name}"
        config["linux"]["resources"] = {"memory": {"limit": 1 << 30}, "pids": {"limit": 1000}}
        config["linux"]["seccomp"] = seccomp()
        return config

    def command(self, runtime, *words):
        return [*self.runtimes[runtime], *words]


def layers(layout):
    """The files of an image's layers, from an OCI layout with one manifest."""
    def blob(descriptor):
        return f"{layout}/blobs/{descriptor['digest'].replace(':', '/')}"

    with open(f"{layout}/index.json") as file:
        manifest = blob(json.load(file)["manifests"][0])
    with open(manifest) as file:
        return [blob(layer) for layer in json.load(file)["layers"]]


def seccomp():
    """The peers' default profile as the runtime-spec has it: without the rules whose condition does not hold here."""
    with open(PROFILE) as file:
        profile = json.load(file)
    rules = []
    for rule in profile["syscalls"]:
        if holds(rule.get("includes") or {}, True) and holds(rule.get("excludes") or {}, False):
            kept = {key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key) is not None}
            rules.append(kept)
    return {
        "defaultAction": profile["defaultAction"], "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
        "architectures": [f"SCMP_ARCH_{os.uname().machine.upper()}"], "syscalls": rules,
    }


def holds(conditions, wanted):
    """Whether each condition on capabilities and architecture that is given holds, or does not."""
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    checks = []
    if conditions.get("caps"):
        checks.append(all(name in CAPABILITIES for name in conditions["caps"]))
    if conditions.get("arches"):
        checks.append(arch in conditions["arches"])
    return all(check == wanted for check in checks)
