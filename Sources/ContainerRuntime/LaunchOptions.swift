public import LinuxSystem

/// What a program's descriptors 0, 1 and 2 are.
public struct StandardStreams: Sendable {
    public var input: SharedDescriptor
    public var output: SharedDescriptor
    public var error: SharedDescriptor

    public init(input: SharedDescriptor, output: SharedDescriptor, error: SharedDescriptor) {
        self.input = input
        self.output = output
        self.error = error
    }

    var numbers: [CInt] { [input.raw, output.raw, error.raw] }
}

/// What is not in the bundle's configuration.
public struct LaunchOptions: Sendable {
    public var id: String
    /// The bundle's folder, absolute.
    public var bundle: String
    /// Absent: this process's own; not looked at with a terminal.
    public var streams: StandardStreams?
    /// A listening SOCK_SEQPACKET socket on which the created container waits for `Container.start(through:)` of another
    /// process; absent: `start()` of this one.
    public var startListener: SharedDescriptor?
    /// Descriptors from 3 on that the program keeps (systemd's `LISTEN_FDS`).
    public var preservedDescriptors: CInt = 0
    /// Absolute path of `linux.seccomp` compiled (an array of `struct sock_filter`), for who does not say it in the
    /// annotation `RuntimeAnnotation.seccompFilter`.
    public var seccompFilter: String?
    /// Whether the container begins with an empty session keyring instead of this process's (session-keyring(7)).
    public var newSessionKeyring = true
    /// The static program bound at /sbin/docker-init when the configuration asks for an init.
    public var initProgram: String?
    /// The root is moved over the old one instead of pivot_root(2), which a host that runs from its initial ramdisk
    /// refuses.
    public var movesRoot = false

    public init(id: String, bundle: String, streams: StandardStreams? = nil) {
        self.id = id
        self.bundle = bundle
        self.streams = streams
    }
}

/// What is not in the process that an `exec` runs.
public struct ExecOptions: Sendable {
    /// `user[:group]` as in `RuntimeAnnotation.user`; `process.user` when absent.
    public var user: String?
    /// Names of further groups as in `RuntimeAnnotation.groups`.
    public var groups: [String] = []
    /// Absent: this process's own; not looked at with a terminal.
    public var streams: StandardStreams?
    /// Descriptors from 3 on that the program keeps.
    public var preservedDescriptors: CInt = 0
    /// Also in a paused container: the program begins when that is resumed.
    public var ignoresPause = false

    public init(user: String? = nil, streams: StandardStreams? = nil) {
        self.user = user
        self.streams = streams
    }
}
