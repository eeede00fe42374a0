public import LinuxSystem
import OCISpec

/// What a process that did not create a container needs to go on with it; written beside the container by whoever did.
public struct ContainerRecord: Codable, Hashable, Sendable {
    public var id: String
    public var bundle: String
    public var pid: CInt
    /// Tells the process from a later one with the same number (proc_pid_stat(5), field 22).
    public var startTime: UInt64
    /// Seconds since 1970.
    public var created: Int64
    public var annotations: [String: String]?
    /// The root's folder, absolute, where the caller tells it.
    public var rootfs: String?
    /// The user who made it, where the caller tells.
    public var owner: UInt32?
    var cgroupPath: String?
    /// Names of the v1 controllers that its group has no part in.
    public var cgroupPartsLeft: [String]
    var namespaces: CInt
    var seccompFilter: String?
    /// Absent in records of older versions, like what follows.
    var sharesKeyring: Bool?
    var personality: UInt32?
    var seccomp: SeccompSettings?
    /// Those that run after the start.
    var hooks: ContainerHooks?

    public var process: ProcessIdentity { ProcessIdentity(pid: pid, startTime: startTime) }

    /// Runs the poststop hooks, once everything of the container is removed. Returns what went wrong.
    public func runPoststopHooks() -> [String] { hooks?.runAll(.poststop) ?? [] }

    func state(_ status: String) -> ContainerState {
        ContainerState(id: id, status: status, pid: pid, bundle: bundle, annotations: annotations)
    }
}

extension Container {
    /// The container as another process can adopt it; nil once its first process has ended.
    public func record(bundle: String, annotations: [String: String]?) -> ContainerRecord? {
        guard let identity = ProcessIdentity(pid: pid) else { return nil }
        return ContainerRecord(
            id: id, bundle: bundle, pid: pid, startTime: identity.startTime, created: Host.now / 1_000_000_000,
            annotations: annotations, cgroupPath: cgroup?.path, cgroupPartsLeft: cgroup?.partsLeft ?? [],
            namespaces: context.kinds.rawValue, seccompFilter: context.filterPath,
            sharesKeyring: context.hasOwnKeyring ? nil : true, personality: context.personality,
            seccomp: context.seccomp, hooks: hooks?.afterStart)
    }

    /// A started or created container of another process. Throws `state` when its first process has ended.
    public static func adopt(_ record: ContainerRecord) throws(LaunchError) -> Container {
        let pidfd: Descriptor
        do {
            pidfd = try ProcessDescriptor.open(record.pid)
        } catch {
            throw LaunchError(.state, "\(record.id): container not running", error.errno)
        }
        // After the pidfd is open the number cannot be given to another process.
        guard record.process.isAlive else { throw LaunchError(.state, "\(record.id): container not running") }
        return Container(
            adopting: record, pidfd: pidfd.shared(), cgroup: try Cgroup.of(record), context: ExecContext(record))
    }
}

extension Cgroup {
    /// The group of a recorded container, also of one that has ended.
    public static func of(_ record: ContainerRecord) throws(LaunchError) -> Cgroup? {
        guard let path = record.cgroupPath else { return nil }
        return try during("control group") { () throws(SystemError) in
            let layout = try CgroupLayout.detect()
            let left = record.cgroupPartsLeft.compactMap(CgroupController.init(rawValue:))
            // An update may have made parts since.
            let present = left.filter { part in layout.folders[part].map { fileExists($0 + path) } ?? false }
            return try Cgroup(path, in: layout, leaving: left.filter { !present.contains($0) })
        }
    }
}
