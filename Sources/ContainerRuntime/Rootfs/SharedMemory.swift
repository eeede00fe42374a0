import LinuxSystem
import OCISpec

/// The /dev/shm of another container, which goes with its IPC namespace.
enum SharedMemory {
    private static let path = "/dev/shm"

    /// A detached copy of the mount at /dev/shm in a process's mount namespace. A process in between enters that
    /// namespace, so that this one stays as it is.
    static func open(ofProcess pid: CInt) throws(LaunchError) -> SharedDescriptor {
        let namespace = try during("mount namespace of process \(pid)") { () throws(SystemError) in
            try Namespace.open("/proc/\(pid)/ns/mnt")
        }
        let (pidfd, channel) = try fork(namespace.raw)
        let message = try during(path) { () throws(SystemError) -> ControlChannel.Message? in
            let message = try channel.receive()
            _ = try ProcessDescriptor.wait(pidfd.raw)
            return message
        }
        guard let message else { throw LaunchError(.system, "\(path): the process that opens it was killed") }
        guard message.bytes == [Report.ready], let mount = message.descriptor else {
            throw LaunchError(report: message.bytes)
        }
        return mount
    }

    /// The other end of the channel goes away with this function, so that the end of the process is heard.
    private static func fork(_ namespace: CInt) throws(LaunchError) -> (SharedDescriptor, ControlChannel) {
        let (own, others) = try during("channel") { () throws(SystemError) in try ControlChannel.pair() }
        let side = try during("clone") { () throws(SystemError) in try cloneProcess([]) }
        switch consume side {
        case .child: send(namespace, Reporter(channel: others))
        case .parent(_, let pidfd): return (pidfd.shared(), own)
        }
    }

    private static func send(_ namespace: CInt, _ reporter: Reporter) -> Never {
        do {
            let mount = try during("\(path) of another container") { () throws(SystemError) in
                try CurrentProcess.setDumpable(false)
                try Namespace.join(namespace, .mount)
                let root = try RootFolder.openPlace("/")
                let place = try RootFolder(root.raw).openWithoutLinks(path)
                guard try fileSystemType(place.raw, path) == .tmpfs else {
                    throw SystemError(.invalid, "open_tree", "\(path) is no memory")
                }
                return try MountTree.copy(of: place.raw, recursive: false)
            }
            try reporter.send(Report.ready, descriptor: mount.raw)
        } catch {
            reporter.fail(error)
        }
        CurrentProcess.exitNow(0)
    }

    /// Puts the mount where it belongs in a root that is being built.
    static func attach(_ mount: SharedDescriptor, beneath root: RootFolder) throws(LaunchError) {
        try during("mount \(path)") { () throws(SystemError) in
            let tree = try mount.duplicate()
            try MountTree.attach(tree, to: try root.makeFolder(path), path)
        }
    }
}

extension RuntimeSpec {
    /// The process that `RuntimeAnnotation.sharedMemory` names.
    func sharedMemoryProcess() throws(LaunchError) -> CInt? {
        guard let text = annotations?[RuntimeAnnotation.sharedMemory] else { return nil }
        guard let pid = CInt(text), pid > 0 else {
            throw LaunchError(.invalid, "annotation \(RuntimeAnnotation.sharedMemory): \(text) is no process")
        }
        return pid
    }
}
