import BerthAPI
import JSON
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
    var cgroupParent: String
    /// Absolute path of the compiled seccomp filter; nil for unconfined.
    var seccompFilter: String?
    /// Another OCI runtime, as the shim is to drive it, and the seccomp profile, which it compiles itself.
    var foreign: (command: [String], seccomp: SeccompProfile?)?
    /// The container does without its log driver while that is away: failure policy `skip`.
    var logIsOptional = false
    /// Absolute path of the runtime's executable, bound as the init.
    var initExecutable: String?

    private var config: ContainerConfig { record.detail.config }

    func build() throws -> RuntimeSpec {
        var spec = RuntimeSpec(
            root: .init(path: "rootfs", readonly: config.readOnlyRootfs), process: try process(), linux: try linux())
        spec.hostname = config.hostname ?? String(record.id.prefix(12))
        spec.domainname = config.domainName
        spec.mounts = allMounts()
        spec.annotations = try annotations()
        return spec
    }

    /// What makes up the files of a container that does not run: without what is only there while it does.
    func buildFiles() throws -> RuntimeSpec {
        var spec = RuntimeSpec(root: .init(path: "rootfs", readonly: config.readOnlyRootfs))
        let kept = mounts.filter { $0.request.kind != .tmpfs }
        spec.mounts = kept.sorted { depth($0.request.target) < depth($1.request.target) }.map(ociMount)
        spec.annotations = [RuntimeAnnotation.rootMounts: try rootAnnotation()]
        return spec
    }

    private func process() throws -> RuntimeSpec.Process {
        var arguments = record.detail.arguments
        if config.initProcess == true { arguments = ["/sbin/docker-init", "--"] + arguments }
        var process = RuntimeSpec.Process(
            args: arguments, env: environment, cwd: record.detail.workingDirectory)
        process.terminal = config.terminal
        let names = try CapabilitySet.resolve(config.security)
        process.capabilities = .init(bounding: names, effective: names, permitted: names)
        process.noNewPrivileges = config.security?.noNewPrivileges
        process.apparmorProfile = config.security?.apparmorProfile
        return process
    }

    private var environment: [String] {
        record.detail.environment + ["HOSTNAME=\(config.hostname ?? String(record.id.prefix(12)))"]
    }

    private func annotations() throws -> [String: String] {
        var annotations = [RuntimeAnnotation.rootMounts: try rootAnnotation()]
        if !record.detail.user.isEmpty { annotations[RuntimeAnnotation.user] = record.detail.user }
        annotations[RuntimeAnnotation.seccompFilter] = seccompFilter
        if config.initProcess == true {
            annotations[RuntimeAnnotation.initProcess] = "true"
            annotations["dev.berth.init.program"] = initExecutable
        }
        if let foreign { annotations[RuntimeAnnotation.runtime] = try JSON(encoding: foreign.command).description }
        annotations["dev.berth.stdin"] = config.openStdin == true ? "open" : "closed"
        annotations["dev.berth.log.mode"] = record.logOptions["mode"] ?? (logIsOptional ? "non-blocking" : nil)
        if logIsOptional { annotations["dev.berth.log.optional"] = "true" }
        return annotations
    }

    private func rootAnnotation() throws -> String {
        let root = rootMounts.map {
            RuntimeSpec.Mount(destination: "/", type: $0.type, source: $0.source, options: $0.options)
        }
        return try JSON(encoding: root).description
    }

    // MARK: Mounts

    /// System mounts, the container's own files, then what was asked for, outer before inner.
    private func allMounts() -> [RuntimeSpec.Mount] {
        let requested = mounts.map { ($0.request, $0.mount) }.sorted {
            depth($0.0.target) < depth($1.0.target)
        }
        let targets = Set(requested.map { ContainerPlan.normalized($0.0.target) })
        let system = (SystemPaths.mounts + ownFiles).filter { !targets.contains($0.destination) }
        return system + requested.map(ociMount)
    }

    private func depth(_ path: String) -> Int { ContainerPlan.normalized(path).split(separator: "/").count }

    private var ownFiles: [RuntimeSpec.Mount] {
        ["hostname", "hosts", "resolv.conf"].map { name in
            let source = "\(record.detail.directory)/\(name)"
            return .init(destination: "/etc/\(name)", type: "bind", source: source, options: ["rbind", "rprivate"])
        }
    }

    private func ociMount(_ request: MountRequest, _ mount: Mount) -> RuntimeSpec.Mount {
        var options = mount.options
        if mount.type == "bind" {
            if !options.contains("bind"), !options.contains("rbind") {
                options.append(request.nonRecursive == true ? "bind" : "rbind")
            }
            options.append(request.propagation ?? "rprivate")
        }
        if request.readOnly { options.append("ro") }
        return .init(destination: request.target, type: mount.type, source: mount.source, options: options)
    }

    // MARK: Namespaces and limits

    private func linux() throws -> RuntimeSpec.Linux {
        let types = ["pid", "mount", "ipc", "uts", "cgroup"] + (hostNetwork ? [] : ["network"])
        var linux = RuntimeSpec.Linux(namespaces: types.map { .init(type: $0) })
        linux.cgroupsPath = "\(cgroupParent)/\(record.id)"
        linux.resources = resources()
        linux.rootfsPropagation = "rprivate"
        linux.seccomp = try foreign?.seccomp.map { try JSON(encoding: $0) }
        if config.security?.unmaskSystemPaths != true {
            linux.maskedPaths = SystemPaths.masked
            linux.readonlyPaths = SystemPaths.readOnly
        }
        // docker lets unprivileged users of a container ping and bind low ports: both are confined to its namespace.
        if !hostNetwork {
            linux.sysctl = ["net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"]
        }
        return linux
    }

    private func resources() -> RuntimeSpec.Resources {
        var resources = RuntimeSpec.Resources()
        resources.devices = SystemPaths.deviceRules
        guard let limits = config.resources else { return resources }
        if let memory = limits.memory, memory > 0 {
            // Unless said, as much swap as memory: docker's rule.
            resources.memory = .init(limit: memory, swap: limits.memorySwap ?? memory.multipliedSaturating(by: 2))
        }
        let period: UInt64 = 100_000
        let quota = limits.nanoCPUs.flatMap { $0 > 0 ? $0 / 10_000 : nil }
        if quota != nil || limits.cpuShares != nil {
            resources.cpu = .init(
                shares: limits.cpuShares.map { UInt64(clamping: $0) }, quota: quota, period: quota == nil ? nil : period
            )
        }
        if let pids = limits.pids, pids > 0 { resources.pids = .init(limit: pids) }
        return resources
    }
}

extension Int64 {
    fileprivate func multipliedSaturating(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
