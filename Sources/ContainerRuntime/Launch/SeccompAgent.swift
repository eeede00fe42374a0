import JSON
import LinuxSystem

/// Hands the listener of a process's filter to the agent that answers for it (config-linux.md, "The Container Process
/// State").
struct SeccompAgent {
    private let connection: SharedDescriptor
    let metadata: String?
    /// The process that loads the filter, as this one sees it.
    let pid: CInt
    let state: ContainerState

    /// Connects with the agent: while nothing has begun, so that nothing begins without it. nil when nothing waits.
    static func connect(_ settings: SeccompSettings) throws(LaunchError) -> SharedDescriptor? {
        guard let path = settings.listenerPath else { return nil }
        return try during("linux.seccomp.listenerPath") { () throws(SystemError) in
            let socket = try UnixSocket.connect(to: path)
            try UnixSocket.setBlocking(socket.raw)
            return socket.shared()
        }
    }

    init?(_ connection: SharedDescriptor?, _ settings: SeccompSettings, pid: CInt, _ state: ContainerState) {
        guard let connection else { return nil }
        self.connection = connection
        metadata = settings.listenerMetadata
        self.pid = pid
        self.state = state
    }

    func take(_ listener: SharedDescriptor) throws(LaunchError) {
        try during("linux.seccomp.listenerPath") { () throws(SystemError) in
            let bytes = message.serialized()
            try bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
                let bytes = UnsafeRawBufferPointer(buffer)
                let sent = try UnixSocket.send(connection.raw, bytes, descriptors: [listener.raw]) ?? 0
                try UnixSocket.sendAll(connection.raw, UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
        }
    }

    private var message: JSON {
        var members: [(String, JSON)] = [
            ("ociVersion", JSON(ContainerState.specificationVersion)), ("fds", JSON.array(["seccompFd"])),
            ("pid", JSON(Int64(pid))),
        ]
        if let metadata { members.append(("metadata", JSON(metadata))) }
        members.append(("state", state.json))
        return .object(members)
    }

    /// Follows a process up to its exec, which the end of the channel tells of, and hands its listener over meanwhile.
    static func follow(
        _ channel: ControlChannel, _ agent: SeccompAgent?, _ other: (ControlChannel.Message) throws(LaunchError) -> Void
    ) throws(LaunchError) {
        var isHandedOver = agent == nil
        while let message = try during("start", { () throws(SystemError) in try channel.receive() }) {
            guard message.bytes.first == Report.listener, let listener = message.descriptor, let agent else {
                try other(message)
                continue
            }
            try agent.take(listener)
            isHandedOver = true
        }
        guard isHandedOver else {
            throw LaunchError(
                .system, "the process ended before its seccomp listener was there: its filter forbids sendmsg")
        }
    }
}
