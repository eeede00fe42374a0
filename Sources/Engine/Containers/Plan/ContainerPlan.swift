import BerthAPI
import LinuxSystem
import OCISpec

/// A request and its image's configuration made into one description of a container. The image's part is data: it
/// chooses arguments, environment and paths inside the container, never a path or driver of the host.
struct ContainerPlan {
    var config: ContainerConfig
    let image: ImageConfiguration.Execution
    /// What `--volumes-from` brings along.
    var borrowed: [MountRequest] = []

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
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let terminal = config.terminal == true ? ["TERM=xterm"] : []
        return ProcessEnvironment.merged([path] + terminal + (image.environment ?? []) + (config.environment ?? []))
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

    /// The mounts asked for, those of other containers that none of them covers, and an anonymous volume for each of the image's volumes that none of them covers.
    func mountRequests() -> [MountRequest] {
        let own = config.mounts ?? []
        let taken = Set(own.map { Self.normalized($0.target) })
        let requested = own + borrowed.filter { !taken.contains(Self.normalized($0.target)) }
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
}
