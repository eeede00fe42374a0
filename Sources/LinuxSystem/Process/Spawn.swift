import CLinux

/// What to start and with which descriptors, folder and cgroup.
///
/// The child gets exactly the descriptors listed, `/dev/null` for those of 0, 1 and 2 that are not, default signal
/// dispositions, an empty signal mask, and the nice value of this process, not of the calling thread.
public struct SpawnRequest: Sendable {
    public enum Executable: Sendable {
        case path(String)
        /// An open file, run by execveat(2): a sealed copy, a file beneath a root.
        case descriptor(SharedDescriptor)
    }

    public var executable: Executable
    /// `arguments[0]` included.
    public var arguments: [String]
    /// `NAME=value` strings: the whole environment.
    public var environment: [String]
    /// Child's descriptor number → open descriptor of this process.
    public var descriptors: [CInt: SharedDescriptor] = [:]
    /// Files named `cgroup.procs` or `tasks`, open for writing: the child enters these groups before the exec.
    public var cgroupFiles: [SharedDescriptor] = []
    /// The child's working directory; this process's when absent.
    public var directory: SharedDescriptor?
    /// Whether the child leads a new session (setsid(2)).
    public var newSession = false
    /// 0 for a process group of its own (setpgid(2)); this process's group when absent.
    public var processGroup: CInt?
    /// Namespaces that the child begins; as the first process of a pid namespace it takes all others in it along when
    /// it ends.
    public var namespaces: NamespaceKinds = []

    public init(_ executable: Executable, arguments: [String], environment: [String] = []) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

/// A child process and the descriptor that names it for good (pidfd_open(2)).
public struct SpawnedProcess: ~Copyable, Sendable {
    public let pid: CInt
    public let pidfd: Descriptor

    /// The pidfd, closed after its last holder.
    public consuming func shared() -> SharedDescriptor { pidfd.shared() }
}

/// Starts a program by a vfork-like clone(2); safe in a process with many threads.
///
/// Throws when the program could not be executed: the error names the call that failed in the child.
public func spawn(_ request: SpawnRequest) throws(SystemError) -> SpawnedProcess {
    var path: String?
    var executable: CInt = -1
    switch request.executable {
    case .path(let value): path = value
    case .descriptor(let descriptor): executable = descriptor.raw
    }
    let arguments = CStringArray(request.arguments)
    let environment = CStringArray(request.environment)
    let descriptors = request.descriptors.map { berth_descriptor(source: $0.value.raw, target: $0.key) }
    let cgroupFiles = request.cgroupFiles.map(\.raw)
    var raw = berth_spawn_request()
    raw.executable = executable
    raw.arguments = UnsafePointer(arguments.pointers)
    raw.environment = UnsafePointer(environment.pointers)
    raw.directory = request.directory?.raw ?? -1
    raw.new_session = request.newSession ? 1 : 0
    raw.process_group = request.processGroup ?? -1
    raw.namespaces = request.namespaces.rawValue

    var pidfd: CInt = -1
    var stage: UnsafePointer<CChar>?
    let pid = descriptors.withUnsafeBufferPointer { descriptors in
        cgroupFiles.withUnsafeBufferPointer { cgroupFiles in
            withOptionalCString(path) { path in
                raw.path = path
                raw.descriptors = descriptors.baseAddress
                raw.descriptor_count = descriptors.count
                raw.cgroup_files = cgroupFiles.baseAddress
                raw.cgroup_file_count = cgroupFiles.count
                return berth_spawn(&raw, &pidfd, &stage)
            }
        }
    }
    let failure = Errno.current
    withExtendedLifetime((arguments, environment, request)) {}
    guard pid > 0 else {
        throw SystemError(failure, stage.map { String(cString: $0) } ?? "clone", path ?? request.arguments.first ?? "")
    }
    return SpawnedProcess(pid: pid, pidfd: Descriptor(owning: pidfd))
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
