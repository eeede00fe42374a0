import BerthAPI
import JSON
import LinuxSystem
import OCISpec

/// Makes a container's `config.json` (OCI runtime-spec 1.2) from its record and from what its drivers answered.
struct SpecBuilder {
    var record: ContainerRecord
    /// What makes up the root, in order.
    var rootMounts: [Mount]
    /// Requests in their order, each with what is mounted for it.
    var mounts: [(request: MountRequest, mount: Mount)]
    /// The container shares the host's network namespace.
    var hostNetwork: Bool
    /// Namespaces of other containers that it shares.
    var shared = SharedNamespaces()
    var cgroupParent: String
    var seccomp: Seccomp = .unconfined
    /// Another OCI runtime, as the shim is to drive it.
    var foreign: [String]?
    /// The container does without its log driver while that is away: failure policy `skip`.
    var logIsOptional = false
    /// Absolute path of the runtime's executable, bound as the init.
    var initExecutable: String?

    /// What calls a container may make.
    enum Seccomp: Hashable {
        case unconfined
        /// Absolute path of a compiled filter, which Berth's own runtime loads.
        case compiled(String)
        /// The profile in the specification's format, for a runtime that compiles it by itself.
        case profile(SeccompProfile)
    }

    var config: ContainerConfig { record.detail.config }
    var isPrivileged: Bool { config.security?.privileged == true }

    func build() throws -> RuntimeSpec {
        let modes = try NamespaceModes(config)
        let devices = try ContainerDevices(config)
        var spec = RuntimeSpec(
            root: .init(path: "rootfs", readonly: config.readOnlyRootfs), process: try process(),
            linux: try linux(modes, devices))
        if modes.uts != .host {
            spec.hostname = record.hostname
            spec.domainname = config.domainName
        }
        spec.mounts = allMounts(modes) + (record.idMaps == nil ? [] : devices.mounts)
        spec.annotations = try annotations()
        return spec
    }

    /// What makes up the files of a container that does not run: without what is only there while it does.
    func buildFiles() throws -> RuntimeSpec {
        var plain = self
        // Who works with them is no process of the container: owners are as on disk.
        plain.record.idMaps = nil
        var spec = RuntimeSpec(root: .init(path: "rootfs", readonly: config.readOnlyRootfs))
        spec.mounts = plain.keptMounts
        spec.annotations = [RuntimeAnnotation.rootMounts: try plain.rootAnnotation()]
        return spec
    }

    private func process() throws -> RuntimeSpec.Process {
        var arguments = record.detail.arguments
        if config.initProcess == true { arguments = ["/sbin/docker-init", "--"] + arguments }
        var process = RuntimeSpec.Process(
            args: arguments, env: record.detail.environment + ["HOSTNAME=\(record.hostname)"],
            cwd: record.detail.workingDirectory)
        process.terminal = config.terminal
        let numbers = (config.groups ?? []).compactMap { UInt32($0) }
        if !numbers.isEmpty { process.user?.additionalGids = numbers }
        let names = try CapabilitySet.resolve(config.security)
        process.capabilities = .init(bounding: names, effective: names, permitted: names)
        process.noNewPrivileges = config.security?.noNewPrivileges
        process.apparmorProfile = config.security?.apparmorProfile
        process.selinuxLabel = SELinuxLabel.ofProcess(config.security)
        process.oomScoreAdj = config.oomScoreAdjustment
        process.rlimits = config.ulimits?.map { limit in
            .init(
                type: "RLIMIT_\(limit.name.uppercased())", soft: Self.amount(limit.soft), hard: Self.amount(limit.hard))
        }
        return process
    }

    /// −1 is RLIM_INFINITY.
    private static func amount(_ limit: Int64) -> UInt64 { limit < 0 ? .max : UInt64(limit) }

    private func annotations() throws -> [String: String] {
        var annotations = config.annotations ?? [:]
        annotations[RuntimeAnnotation.rootMounts] = try rootAnnotation()
        annotations[RuntimeAnnotation.user] = record.detail.user.isEmpty ? "0" : record.detail.user
        let groups = (config.groups ?? []).filter { UInt32($0) == nil }
        if !groups.isEmpty { annotations[RuntimeAnnotation.groups] = groups.joined(separator: ",") }
        if case .compiled(let path) = seccomp { annotations[RuntimeAnnotation.seccompFilter] = path }
        if let pid = shared.sharedMemory { annotations[RuntimeAnnotation.sharedMemory] = "\(pid)" }
        if config.initProcess == true {
            annotations[RuntimeAnnotation.initProcess] = "true"
            annotations["dev.berth.init.program"] = initExecutable
        }
        if let foreign { annotations[RuntimeAnnotation.runtime] = try JSON(encoding: foreign).description }
        annotations["dev.berth.stdin"] = config.openStdin == true ? "open" : "closed"
        annotations["dev.berth.log.mode"] = record.logOptions["mode"] ?? (logIsOptional ? "non-blocking" : nil)
        if logIsOptional { annotations["dev.berth.log.optional"] = "true" }
        return annotations
    }

    private func rootAnnotation() throws -> String {
        let root = rootMounts.map {
            RuntimeSpec.Mount(destination: "/", type: $0.type, source: $0.source, options: $0.options)
        }.map(mapped)
        return try JSON(encoding: root).description
    }

    /// What is on disk belongs to the ids that it names there, whatever ids of the host the container's are.
    func mapped(_ mount: RuntimeSpec.Mount) -> RuntimeSpec.Mount {
        var mount = mount
        (mount.uidMappings, mount.gidMappings) = (record.idMaps, record.idMaps)
        return mount
    }

    // MARK: Namespaces

    private func linux(_ modes: NamespaceModes, _ devices: ContainerDevices) throws -> RuntimeSpec.Linux {
        var linux = RuntimeSpec.Linux(namespaces: namespaces(modes))
        linux.cgroupsPath = "\(config.cgroupParent ?? cgroupParent)/\(record.id)"
        linux.resources = try RuntimeSpec.Resources(config.resources ?? Resources())
        linux.resources?.devices = devices.rules
        // Nobody in a user namespace may make nodes: there the host's own are bound.
        linux.devices = devices.nodes.isEmpty || record.idMaps != nil ? nil : devices.nodes
        (linux.uidMappings, linux.gidMappings) = (record.idMaps, record.idMaps)
        linux.rootfsPropagation = rootPropagation
        linux.maskedPaths = protected(SystemPaths.masked) + (config.security?.maskedPaths ?? [])
        linux.readonlyPaths = protected(SystemPaths.readOnly)
        if case .profile(let profile) = seccomp { linux.seccomp = try JSON(encoding: profile) }
        // docker lets unprivileged users of a container ping and bind low ports: both are confined to its namespace.
        var sysctls = config.sysctls ?? [:]
        if !hostNetwork, shared.network == nil {
            var own = ["net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"]
            if record.idMaps != nil { own["net.ipv4.ping_group_range"] = nil }
            sysctls.merge(own) { asked, _ in asked }
        }
        linux.sysctl = sysctls.isEmpty ? nil : sysctls
        return linux
    }

    private func namespaces(_ modes: NamespaceModes) -> [RuntimeSpec.Namespace] {
        var namespaces: [RuntimeSpec.Namespace] = [.init(type: "mount")]
        if record.idMaps != nil { namespaces.append(.init(type: "user")) }
        if modes.pid != .host { namespaces.append(.init(type: "pid", path: shared.pid)) }
        if modes.ipc != .host { namespaces.append(.init(type: "ipc", path: shared.ipc)) }
        if modes.uts != .host { namespaces.append(.init(type: "uts")) }
        if modes.cgroup != .host { namespaces.append(.init(type: "cgroup")) }
        if !hostNetwork { namespaces.append(.init(type: "network", path: shared.network)) }
        return namespaces
    }

    /// What is mounted later below a shared source reaches the container only through a root that lets it by.
    private var rootPropagation: String {
        let asked = Set(mounts.compactMap(\.request.propagation))
        if !asked.isDisjoint(with: ["shared", "rshared"]) { return "shared" }
        return asked.isDisjoint(with: ["slave", "rslave"]) ? "rprivate" : "rslave"
    }

    private func protected(_ paths: [String]) -> [String] {
        if isPrivileged || config.security?.unmaskSystemPaths == true { return [] }
        let patterns = (config.security?.unmaskedPaths ?? []).map { PathPattern($0) }
        return paths.filter { path in !patterns.contains { $0.matches(path) } }
    }
}

extension ContainerRecord {
    /// What the container's own host is called.
    var hostname: String { detail.config.hostname ?? String(id.prefix(12)) }
}
