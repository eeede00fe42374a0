import CLinux
import Glibc

/// What a fork-like clone returned to.
public enum CloneSide: ~Copyable, Sendable {
    case parent(pid: CInt, pidfd: Descriptor)
    case child
}

/// Copies this process into new namespaces (clone3(2)). Only for a process with one thread, whose child may then run
/// any code; `cgroup` is an open folder of a v2 hierarchy that the child is born in.
///
/// - Parameter sibling: the new process is a child of this one's parent (CLONE_PARENT).
public func cloneProcess(
    _ namespaces: NamespaceKinds, cgroup: CInt? = nil, sibling: Bool = false
) throws(SystemError) -> CloneSide {
    var pidfd: CInt = -1
    let cloneParent: UInt64 = 0x8000
    let flags = UInt64(UInt32(bitPattern: namespaces.rawValue)) | (sibling ? cloneParent : 0)
    let pid = try systemCall("clone3", "namespaces \(namespaces.rawValue)") {
        berth_clone3(flags, cgroup ?? -1, &pidfd)
    }
    return pid == 0 ? .child : .parent(pid: pid, pidfd: Descriptor(owning: pidfd))
}

/// Calls on the running process itself.
public enum CurrentProcess {
    /// Ends without running exit handlers: what a copy of another process must do.
    public static func exitNow(_ code: CInt) -> Never { _exit(code) }

    public static var pid: CInt { getpid() }
    public static var uid: UInt32 { getuid() }
    public static var gid: UInt32 { getgid() }

    public static func setNewSession() throws(SystemError) { try systemCall("setsid") { setsid() } }

    public static func changeDirectory(_ path: String) throws(SystemError) {
        try systemCall("chdir", path) { chdir(path) }
    }

    public static func changeDirectory(to folder: CInt, _ object: String) throws(SystemError) {
        try systemCall("fchdir", object) { fchdir(folder) }
    }

    /// The working directory as the kernel sees it; it begins with `(unreachable)` when it is outside the root.
    public static func workingDirectory() throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard berth_getcwd(&buffer, buffer.count) >= 0 else { throw SystemError(.current, "getcwd") }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// File mode bits that new files do not get.
    public static func setFileModeMask(_ mask: UInt32) { _ = umask(mode_t(mask)) }

    public static func setHostname(_ name: String) throws(SystemError) {
        try systemCall("sethostname", name) { berth_set_hostname(name, name.utf8.count) }
    }

    public static func setDomainName(_ name: String) throws(SystemError) {
        try systemCall("setdomainname", name) { berth_set_domainname(name, name.utf8.count) }
    }

    /// Brings up `lo` of this process's network namespace.
    public static func bringUpLoopback() throws(SystemError) {
        try systemCall("ioctl", "SIOCSIFFLAGS lo") { berth_loopback_up() }
    }

    /// A session keyring of its own, so that the container does not see this process's (keyctl(2)).
    public static func joinNewSessionKeyring() throws(SystemError) {
        try systemCall("keyctl", "join session keyring") { berth_join_session_keyring(nil) }
    }

    public static func setPersonality(_ persona: UInt) throws(SystemError) {
        try systemCall("personality", "\(persona)") { berth_personality(persona) }
    }

    /// Whether other processes may look into this one (PR_SET_DUMPABLE); an exec sets it again.
    public static func setDumpable(_ dumpable: Bool) throws(SystemError) {
        try systemCall("prctl", "PR_SET_DUMPABLE") { berth_prctl(ProcessControl.dumpable, dumpable ? 1 : 0, 0, 0, 0) }
    }

    /// Orphans below this process become its children (PR_SET_CHILD_SUBREAPER).
    public static func adoptOrphans() throws(SystemError) {
        try systemCall("prctl", "PR_SET_CHILD_SUBREAPER") { berth_prctl(ProcessControl.childSubreaper, 1, 0, 0, 0) }
    }

    /// This process is killed when its parent ends (PR_SET_PDEATHSIG), or now if that was not `parent` any more.
    public static func endWithParent(_ parent: CInt) throws(SystemError) {
        try systemCall("prctl", "PR_SET_PDEATHSIG") {
            berth_prctl(ProcessControl.parentDeathSignal, UInt(SIGKILL), 0, 0, 0)
        }
        if getppid() != parent { _exit(1) }
    }

    public static func resetSignals() { berth_reset_signals() }

    /// Puts open files at numbers 0, 1, 2 … in order, inheritable.
    public static func placeStandardStreams(_ streams: [CInt]) throws(SystemError) {
        // Above all targets first: a source may sit where another target is.
        var moved: [CInt] = []
        for stream in streams {
            moved.append(
                try systemCall("fcntl", "F_DUPFD_CLOEXEC \(stream)") { fcntl(stream, F_DUPFD_CLOEXEC, CInt(16)) })
        }
        for (target, source) in moved.enumerated() {
            try systemCall("dup2", "\(target)") { dup2(source, CInt(target)) }
            _ = Glibc.close(source)
        }
    }

    /// Every descriptor from a number on is closed by the next exec (close_range(2)).
    public static func closeOnExec(from first: CInt) throws(SystemError) {
        try systemCall("close_range", "\(first)") { berth_close_range(UInt32(first), UInt32.max, 4) }
    }

    /// `NAME=value` strings, in their order.
    public static var environment: [String] {
        var entries: [String] = []
        var next = berth_environment()
        while let entry = next?.pointee {
            entries.append(String(cString: entry))
            next = next?.successor()
        }
        return entries
    }

    /// Closes every descriptor from 3 on but those listed: what a copy of a larger process has no business with.
    public static func closeAll(except kept: [CInt]) throws(SystemError) {
        var next: CInt = 3
        for number in kept.sorted() where number >= next {
            if number > next { try close(next, number - 1) }
            next = number + 1
        }
        try close(next, CInt.max)
    }

    private static func close(_ first: CInt, _ last: CInt) throws(SystemError) {
        try systemCall("close_range", "\(first)") { berth_close_range(UInt32(first), UInt32(last), 0) }
    }

    /// Gives an open pipe to a user, so that the program can open it again by /proc/self/fd. Anything else is left, and
    /// so is the group unless one is given.
    public static func givePipe(
        _ descriptor: CInt, to uid: UInt32, group: UInt32 = UInt32.max
    ) throws(SystemError) {
        let status = try fileStatus(descriptor)
        guard status.st_mode & S_IFMT == S_IFIFO, status.st_uid != uid else { return }
        try systemCall("fchown", "pipe") { fchown(descriptor, uid, group) }
    }

    /// Runs a program in place of this one (execve(2)); returns only by throwing.
    public static func execute(_ path: String, arguments: [String], environment: [String]) throws(SystemError) {
        let (arguments, environment) = (CStringArray(arguments), CStringArray(environment))
        try systemCall("execve", path) { execve(path, arguments.pointers, environment.pointers) }
        withExtendedLifetime((arguments, environment)) {}
    }

    /// Runs an open file in place of this program (execveat(2)); returns only by throwing.
    public static func execute(_ file: CInt, arguments: [String], environment: [String]) throws(SystemError) {
        let (arguments, environment) = (CStringArray(arguments), CStringArray(environment))
        try systemCall("execveat") {
            berth_execveat(file, "", arguments.pointers, environment.pointers, 0x1000)
        }
        withExtendedLifetime((arguments, environment)) {}
    }
}

/// Operations of prctl(2), which the Glibc module hides.
enum ProcessControl {
    static let parentDeathSignal: CInt = 1
    static let dumpable: CInt = 4
    static let keepCapabilities: CInt = 8
    static let childSubreaper: CInt = 36
    static let noNewPrivileges: CInt = 38
}
