import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec

extension Command {
    static let spec = Command(
        name: "spec", summary: "Writes a config.json to start from.", words: "",
        options: [
            .value("bundle", "b", "DIR", "the bundle's folder (default: this one)"),
            .value("file", "f", "FILE", "write it there instead"), .flag("rootless", "for a user who is not root"),
        ]
    ) { arguments, _ in
        if let word = arguments.words.first { throw UsageError("unexpected argument \(word)") }
        let bundle = absolutePath(arguments.value("bundle") ?? ".", in: currentDirectory())
        let file = absolutePath(arguments.value("file") ?? "config.json", in: bundle)
        let spec = arguments.has("rootless") ? StarterSpec.rootless : StarterSpec.plain
        do {
            try writeNewFile(file, try JSON(encoding: spec).serialized(pretty: true) + [10])
        } catch let error as SystemError where error.errno == .exists {
            throw UsageError("\(file) exists: remove it first")
        }
        return 0
    }
}

/// A configuration that runs a shell in `rootfs` on a terminal, with few privileges.
private enum StarterSpec {
    static var plain: RuntimeSpec {
        let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        var process = RuntimeSpec.Process(
            args: ["sh"],
            env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"])
        process.terminal = true
        process.capabilities = .init(bounding: capabilities, effective: capabilities, permitted: capabilities)
        process.rlimits = [.init(type: "RLIMIT_NOFILE", soft: 1024, hard: 1024)]
        process.noNewPrivileges = true
        var linux = RuntimeSpec.Linux(
            namespaces: ["pid", "network", "ipc", "uts", "mount", "cgroup"].map { .init(type: $0) })
        linux.resources = RuntimeSpec.Resources()
        linux.resources?.devices = [.init(allow: false, access: "rwm")]
        linux.maskedPaths = [
            "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
            "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        ]
        linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
        var spec = RuntimeSpec(root: .init(path: "rootfs", readonly: true), process: process, linux: linux)
        spec.ociVersion = RuntimeVersion.spec
        spec.hostname = "berth"
        spec.mounts = mounts
        return spec
    }

    /// A user namespace in which the caller is root; the host's network, because only root may make another useful;
    /// and no limits, which only root may set.
    static var rootless: RuntimeSpec {
        var spec = plain
        spec.linux?.namespaces = ["pid", "ipc", "uts", "mount", "cgroup", "user"].map { .init(type: $0) }
        spec.linux?.uidMappings = [.init(containerID: 0, hostID: CurrentProcess.uid, size: 1)]
        spec.linux?.gidMappings = [.init(containerID: 0, hostID: CurrentProcess.gid, size: 1)]
        spec.linux?.resources = nil
        spec.mounts = mounts.map { mount in
            var mount = mount
            // Groups other than the caller's are not mapped.
            mount.options?.removeAll { $0.hasPrefix("gid=") || $0.hasPrefix("uid=") }
            if mount.destination == "/sys" {
                (mount.type, mount.source) = ("none", "/sys")
                mount.options = ["rbind", "nosuid", "noexec", "nodev", "ro"]
            }
            return mount
        }
        return spec
    }

    private static let mounts: [RuntimeSpec.Mount] = [
        .init(destination: "/proc", type: "proc", source: "proc"),
        .init(
            destination: "/dev", type: "tmpfs", source: "tmpfs",
            options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        .init(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        .init(
            destination: "/dev/shm", type: "tmpfs", source: "shm",
            options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
        .init(
            destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
        .init(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
        .init(
            destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
            options: ["nosuid", "noexec", "nodev", "relatime", "ro"]),
    ]
}
