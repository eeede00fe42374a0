import BerthAPI
import LinuxSystem
import OCISpec

/// A request and its image's configuration made into one description of a container. The image's part is data: it
/// chooses arguments, environment and paths inside the container, never a path or driver of the host.
struct ContainerPlan {
    let config: ContainerConfig
    let image: ImageConfiguration.Execution

    init(config: ContainerConfig, image: ImageConfiguration) throws {
        self.config = config
        self.image = image.config ?? .init()
        try validate()
    }

    // MARK: Merging

    /// What is executed: the request's entrypoint resets the image's command too (docker's rule).
    func arguments() throws -> [String] {
        let resets = config.entrypoint != nil
        let entrypoint = (config.entrypoint ?? image.entrypoint ?? []).filter { !$0.isEmpty || !resets }
        let given = config.command ?? []
        let command = given.isEmpty && !resets ? image.command ?? [] : given
        let arguments = entrypoint + command
        guard let executable = arguments.first, !executable.isEmpty else {
            throw BerthError(.invalidArgument, "no command specified", object: "image \(config.image)")
        }
        return arguments
    }

    var environment: [String] {
        var order: [String] = []
        var values: [String: String] = [:]
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let terminal = config.terminal == true ? ["TERM=xterm"] : []
        for entry in [path] + terminal + (image.environment ?? []) + (config.environment ?? []) {
            let name = String(entry.prefix { $0 != "=" })
            if values.updateValue(entry, forKey: name) == nil { order.append(name) }
        }
        return order.compactMap { values[$0] }
    }

    var workingDirectory: String {
        let chosen = config.workingDirectory ?? image.workingDirectory ?? ""
        if chosen.isEmpty { return "/" }
        return chosen.hasPrefix("/") ? chosen : "/" + chosen
    }

    var user: String { config.user ?? image.user ?? "" }
    var labels: [String: String] { (image.labels ?? [:]).merging(config.labels ?? [:]) { _, new in new } }
    var stopSignal: String { config.stopSignal ?? image.stopSignal ?? "SIGTERM" }

    var exposedPorts: [String] {
        let exposed = (image.exposedPorts ?? [:]).keys + (config.network?.exposed ?? []).map(Self.withProtocol)
        let published = (config.network?.ports ?? []).map { "\($0.containerPort)/\($0.proto)" }
        return Set(exposed.map(Self.withProtocol) + published).sorted()
    }

    private static func withProtocol(_ port: String) -> String { port.contains("/") ? port : "\(port)/tcp" }

    /// The ports to publish; with `-P` every exposed one that is not published already.
    var publishedPorts: [PortRequest] {
        let ports = config.network?.ports ?? []
        guard config.network?.publishAll == true else { return ports }
        let taken = Set(ports.map { "\($0.containerPort)/\($0.proto)" })
        return ports + exposedPorts.filter { !taken.contains($0) }.compactMap(Self.port)
    }

    private static func port(_ text: String) -> PortRequest? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let number = Int(parts[0]), (1...65_535).contains(number) else { return nil }
        return PortRequest(containerPort: number, proto: String(parts[1]))
    }

    /// The mounts asked for, and an anonymous volume for each of the image's volumes that none of them covers.
    func mountRequests() -> [MountRequest] {
        let requested = config.mounts ?? []
        let covered = Set(requested.map { Self.normalized($0.target) })
        let volumes = (image.volumes ?? [:]).keys.map(Self.normalized).filter { !covered.contains($0) && $0 != "/" }
        return requested + volumes.sorted().map { MountRequest(kind: .volume, target: $0) }
    }

    /// An absolute path without `.`, `..` and doubled slashes: for comparing only, the kernel resolves the real one.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    // MARK: Checking

    private func validate() throws {
        _ = try arguments()
        try checkStrings()
        try checkMounts()
        try checkResources()
        try checkPorts()
        try checkPolicies()
        guard Signal.number(stopSignal) != nil else { throw invalid("invalid signal: \(stopSignal)") }
        if let hostname = config.hostname, hostname.utf8.count > 64 || hostname.contains("/") {
            throw invalid("invalid hostname: \(hostname): at most 64 bytes without a slash")
        }
        for host in config.network?.extraHosts ?? [] where !host.contains(":") {
            throw invalid("bad format for add-host: \"\(host)\": name:address expected")
        }
    }

    private func checkStrings() throws {
        let strings = try arguments() + environment + [workingDirectory, user]
        guard !strings.contains(where: { $0.utf8.contains(0) }) else { throw invalid("a NUL byte in an argument") }
        if let entry = config.environment?.first(where: { $0.isEmpty || $0.hasPrefix("=") }) {
            throw invalid("invalid environment variable: \"\(entry)\"")
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
            if mount.kind == .bind {
                guard let source = mount.source, source.hasPrefix("/") else {
                    throw invalid("invalid bind source '\(mount.source ?? "")': an absolute path expected")
                }
                guard mount.createSource == true || fileExists(source) else {
                    throw invalid("bind source path does not exist: \(source)")
                }
            }
            if mount.kind == .volume, let name = mount.source { try Identifier.check(name, what: "volume") }
        }
    }

    private func checkResources() throws {
        guard let resources = config.resources else { return }
        if let memory = resources.memory, memory != 0, memory < 6 << 20 {
            throw invalid("minimum memory limit allowed is 6MB, \(memory) bytes were asked for")
        }
        if let swap = resources.memorySwap, swap > 0 {
            guard let memory = resources.memory, memory > 0 else {
                throw invalid("you should always set the memory limit when using the memory-swap limit")
            }
            guard swap >= memory else {
                throw invalid("minimum memory-swap limit should be larger than the memory limit")
            }
        }
        if let cpus = resources.nanoCPUs, cpus < 0 || cpus > Int64(Host.processors) * 1_000_000_000 {
            throw invalid(
                "range of CPUs is from 0.01 to \(Host.processors).00, as there are only \(Host.processors) CPUs available"
            )
        }
        if let pids = resources.pids, pids < -1 { throw invalid("invalid pids limit \(pids)") }
    }

    private func checkPorts() throws {
        for port in config.network?.ports ?? [] {
            let numbers = [port.containerPort, port.hostPort ?? 1, port.hostPortEnd ?? 1]
            guard (1...65_535).contains(port.containerPort), numbers.allSatisfy({ (0...65_535).contains($0) }) else {
                throw invalid("invalid port \(port.containerPort)")
            }
            guard ["tcp", "udp", "sctp"].contains(port.proto) else {
                throw invalid("invalid protocol \(port.proto) of port \(port.containerPort)")
            }
        }
    }

    private func invalid(_ message: String) -> BerthError { BerthError(.invalidArgument, message) }
}
