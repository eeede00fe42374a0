import BerthAPI
import LinuxSystem
import OCISpec

// What can be wrong with a request by itself: one sentence each, docker's where docker has one.

extension ContainerPlan {
    func validate() throws {
        _ = try arguments()
        try checkStrings()
        try checkIdentity()
        try checkMounts()
        try checkResources()
        try checkProcess()
        try checkNamespaces()
        try checkSecurity()
        try checkDevices()
        try checkNetwork()
        try checkPolicies()
    }

    func invalid(_ message: String) -> BerthError { BerthError(.invalidArgument, message) }

    private func checkStrings() throws {
        let strings = try arguments() + environment + [workingDirectory, user]
        guard !strings.contains(where: { $0.utf8.contains(0) }) else { throw invalid("a NUL byte in an argument") }
        if let entry = config.environment?.first(where: { $0.isEmpty || $0.hasPrefix("=") }) {
            throw invalid("invalid environment variable: \"\(entry)\"")
        }
        if let name = config.annotations?.keys.sorted().first(where: { $0.hasPrefix(RuntimeAnnotation.prefix) }) {
            throw invalid("invalid annotation \(name): names below dev.berth. are Berth's own")
        }
    }

    private func checkIdentity() throws {
        if let hostname = config.hostname, hostname.utf8.count > 64 || hostname.contains("/") {
            throw invalid("invalid hostname: \(hostname): at most 64 bytes without a slash")
        }
        if let name = config.domainName, name.utf8.count > 64 {
            throw invalid("invalid domain name: \(name): at most 64 bytes")
        }
        for part in user.split(separator: ":", maxSplits: 1) { try checkNumber(String(part), of: "user \(user)") }
        for group in config.groups ?? [] {
            guard !group.isEmpty, !group.contains(where: { $0 == ":" || $0 == "," || $0.isWhitespace }) else {
                throw invalid("invalid group: \"\(group)\"")
            }
            try checkNumber(group, of: "group \(group)")
        }
    }

    /// The kernel reads 2³²−1 as "no identity".
    private func checkNumber(_ text: String, of what: String) throws {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return }
        guard let number = UInt64(text), number < UInt64(UInt32.max) else {
            throw invalid("\(what): uids and gids must be in the range 0-4294967294")
        }
    }

    private func checkProcess() throws {
        guard Signal.number(stopSignal) != nil else { throw invalid("invalid signal: \(stopSignal)") }
        if let timeout = config.stopTimeout, timeout < -1 {
            throw invalid("invalid stop timeout \(timeout): a number of seconds, or -1 to wait for ever")
        }
        if let score = config.oomScoreAdjustment, !(-1000...1000).contains(score) {
            throw invalid("invalid value \(score), range for oom score adj is [-1000, 1000]")
        }
        if let size = config.sharedMemory, size < 0 { throw invalid("SHM size can not be less than 0") }
        for limit in config.ulimits ?? [] {
            guard ResourceLimits.names.contains("RLIMIT_\(limit.name.uppercased())") else {
                throw invalid("invalid ulimit type: \(limit.name)")
            }
            guard limit.hard == -1 || limit.soft != -1 && limit.soft <= limit.hard else {
                throw invalid(
                    "ulimit \(limit.name): soft limit must be less than or equal to hard limit:"
                        + " \(limit.soft) > \(limit.hard)")
            }
        }
    }

    private func checkMounts() throws {
        var targets: Set<String> = []
        for mount in config.mounts ?? [] {
            guard mount.target.hasPrefix("/") else {
                throw invalid("invalid mount path: '\(mount.target)': mount path must be absolute")
            }
            let target = Self.normalized(mount.target)
            guard target != "/" else { throw invalid("invalid mount path: destination can't be '/'") }
            guard targets.insert(target).inserted else { throw invalid("duplicate mount point: \(target)") }
            try check(mount)
        }
    }

    private func check(_ mount: MountRequest) throws {
        if let subpath = mount.subpath {
            guard mount.kind == .volume || mount.kind == .image else {
                throw invalid("a subpath is of volumes and images, not of a \(mount.kind.rawValue) mount")
            }
            guard !subpath.isEmpty, !subpath.hasPrefix("/"), !subpath.split(separator: "/").contains("..") else {
                throw invalid("invalid subpath '\(subpath)': a relative path without '..' expected")
            }
        }
        switch mount.kind {
        case .bind:
            guard let source = mount.source, source.hasPrefix("/") else {
                throw invalid("invalid bind source '\(mount.source ?? "")': an absolute path expected")
            }
            guard mount.createSource == true || fileExists(source) else {
                throw invalid("bind source path does not exist: \(source)")
            }
        case .volume: if let name = mount.source { try Identifier.check(name, what: "volume") }
        case .image: if mount.source?.isEmpty != false { throw invalid("an image mount needs an image") }
        case .tmpfs: break
        }
    }
}
