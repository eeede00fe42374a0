import CLinux
import Glibc

/// Kinds of namespaces (namespaces(7)).
public struct NamespaceKinds: OptionSet, Hashable, Sendable {
    public let rawValue: CInt
    public init(rawValue: CInt) { self.rawValue = rawValue }

    public static let mount = NamespaceKinds(rawValue: 0x0002_0000)
    public static let cgroup = NamespaceKinds(rawValue: 0x0200_0000)
    public static let uts = NamespaceKinds(rawValue: 0x0400_0000)
    public static let ipc = NamespaceKinds(rawValue: 0x0800_0000)
    public static let user = NamespaceKinds(rawValue: 0x1000_0000)
    public static let pid = NamespaceKinds(rawValue: 0x2000_0000)
    public static let network = NamespaceKinds(rawValue: 0x4000_0000)
    public static let time = NamespaceKinds(rawValue: 0x0000_0080)
}

public enum Namespace {
    /// Opens a namespace file: `/proc/<pid>/ns/net`, `/run/netns/name`. It must be on nsfs.
    public static func open(_ path: String) throws(SystemError) -> Descriptor {
        let descriptor = Descriptor(
            owning: try systemCall("open", path) { Glibc.open(path, O_RDONLY | O_CLOEXEC) })
        guard try fileSystemType(descriptor.raw, path) == .nsfs else { throw SystemError(.invalid, "setns", path) }
        return descriptor
    }

    /// What kind an open namespace file is of (ioctl_ns(2), NS_GET_NSTYPE).
    public static func kind(_ descriptor: CInt) throws(SystemError) -> NamespaceKinds {
        NamespaceKinds(rawValue: try systemCall("ioctl", "NS_GET_NSTYPE") { berth_namespace_kind(descriptor) })
    }

    /// Moves this process, which has one thread, into the time namespace that its children would be born in
    /// (time_namespaces(7)).
    public static func enterOwnTime() throws(SystemError) {
        let namespace = try open("/proc/self/ns/time_for_children")
        try join(namespace.raw, .time)
    }

    /// Joins namespaces: `descriptor` is a namespace file of the one kind, or a pidfd (setns(2)).
    public static func join(_ descriptor: CInt, _ kinds: NamespaceKinds) throws(SystemError) {
        try systemCall("setns", "kinds \(kinds.rawValue)") { berth_setns(descriptor, kinds.rawValue) }
    }

    /// Moves this process into new namespaces (unshare(2)).
    public static func unshare(_ kinds: NamespaceKinds) throws(SystemError) {
        try systemCall("unshare", "kinds \(kinds.rawValue)") { berth_unshare(kinds.rawValue) }
    }

    /// Whether two open namespace files are the same namespace.
    public static func isSame(_ one: CInt, _ other: CInt) throws(SystemError) -> Bool {
        let (first, second) = (try FileIdentity(one), try FileIdentity(other))
        return first == second
    }
}
