import OCISpec

/// What every container gets, as tables: docker's defaults.
enum SystemPaths {
    static let mounts: [RuntimeSpec.Mount] = [
        .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
        .init(
            destination: "/dev", type: "tmpfs", source: "tmpfs",
            options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        .init(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        .init(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
        .init(
            destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
            options: ["ro", "nosuid", "noexec", "nodev"]),
        .init(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
        .init(
            destination: "/dev/shm", type: "tmpfs", source: "shm",
            options: ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"]),
    ]

    /// Files of a container's own that are mounted, and its init.
    static let mountedFiles = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/sbin/docker-init"]

    static let masked = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]

    static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    static let deviceRules: [RuntimeSpec.DeviceRule] =
        [.init(allow: false, access: "rwm")]
        + [(1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1), (1, 7)].map {
            .init(allow: true, type: "c", major: $0.0, minor: $0.1, access: "rwm")
        } + [
            .init(allow: true, type: "c", access: "m"), .init(allow: true, type: "b", access: "m"),
            .init(allow: true, type: "c", major: 136, access: "rwm"),
            .init(allow: true, type: "c", major: 5, minor: 2, access: "rwm"),
        ]

    /// Entries of /dev that every container has of its own, or that are no devices.
    static let ownDevices: Set = [
        "console", "fd", "full", "hugepages", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin",
        "stdout", "tty", "urandom", "zero", ".udev",
    ]

    static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
        "CAP_AUDIT_WRITE",
    ]
}
