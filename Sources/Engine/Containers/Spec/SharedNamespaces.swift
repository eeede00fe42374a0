import BerthAPI
import LinuxSystem

/// Namespaces of other containers that a container joins: paths of namespace files.
struct SharedNamespaces {
    private(set) var pid: String?
    private(set) var ipc: String?
    private(set) var network: String?
    /// The process of the other container in whose mount namespace the shared /dev/shm is.
    private(set) var sharedMemory: CInt?
    /// The folder of the other container's hostname, hosts and resolv.conf.
    private(set) var files: String?
    private var processes: [(name: String, process: ProcessIdentity)] = []

    init() {}

    /// - Parameter find: the record of a container by its id.
    /// - Throws: `failedPrecondition` when one of the containers does not run.
    init(_ config: ContainerConfig, find: (String) -> ContainerRecord?) throws {
        let modes = try NamespaceModes(config)
        if let id = modes.pid.container { pid = "/proc/\(try join("PID", id, find).pid)/ns/pid" }
        if let id = modes.ipc.container {
            let process = try join("IPC", id, find)
            ipc = "/proc/\(process.pid)/ns/ipc"
            sharedMemory = process.pid
        }
        if let id = modes.networkContainer {
            network = "/proc/\(try join("network", id, find).pid)/ns/net"
            files = find(id)?.detail.directory
        }
    }

    private mutating func join(
        _ kind: String, _ id: String, _ find: (String) -> ContainerRecord?
    ) throws -> ProcessIdentity {
        guard let record = find(id) else {
            throw BerthError(
                .notFound,
                "cannot join the \(kind) namespace of container \(id.prefix(12)): there is no such container",
                object: "container \(id)")
        }
        guard record.phase == .running, let pid = record.detail.state.pid,
            let process = ProcessIdentity(pid: CInt(truncatingIfNeeded: pid))
        else {
            throw BerthError(
                .failedPrecondition,
                "cannot join the \(kind) namespace of container \(record.detail.name): it is not running",
                object: "container \(id)", hint: "start that container first")
        }
        processes.append((record.detail.name, process))
        return process
    }

    /// A number of a process may have become another's since its namespaces were chosen: asked once they are joined.
    ///
    /// - Throws: `failedPrecondition` when one of the containers has ended.
    func verify() throws {
        for (name, process) in processes where !process.isAlive {
            throw BerthError(
                .failedPrecondition, "cannot join the namespaces of container \(name): it has ended",
                object: "container \(name)")
        }
    }
}
