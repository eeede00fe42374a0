import CLinux
import Glibc

/// A network namespace, held by a descriptor (namespaces(7)).
public final class NetworkNamespace: Sendable {
    private let descriptor: Descriptor

    public var raw: CInt { descriptor.raw }

    /// Takes an open `/proc/<pid>/ns/net` or the like.
    ///
    /// - Throws: `invalid` when the descriptor is none of a network namespace.
    public init(_ descriptor: consuming Descriptor) throws(SystemError) {
        let raw = descriptor.raw
        // NS_GET_NSTYPE of ioctl_nsfs(2) answers the CLONE_ constant.
        let kind = try systemCall("ioctl", "NS_GET_NSTYPE") { ioctl(raw, UInt(0xb703)) }
        guard kind == Self.kind else { throw SystemError(.invalid, "ioctl", "not a network namespace") }
        self.descriptor = descriptor
    }

    /// Opens a namespace by path.
    public convenience init(path: String) throws(SystemError) {
        try self.init(Descriptor(owning: try systemCall("open", path) { open(path, O_RDONLY | O_CLOEXEC) }))
    }

    /// The calling thread's own.
    public static func current() throws(SystemError) -> NetworkNamespace {
        try NetworkNamespace(path: "/proc/thread-self/ns/net")
    }

    /// CLONE_NEWNET.
    private static let kind: CInt = 0x4000_0000

    /// The inode number, by which two descriptors of one namespace can be told to be the same.
    public func identity() throws(SystemError) -> UInt64 {
        var status = stat()
        let raw = descriptor.raw
        try systemCall("fstat", "namespace") { fstat(raw, &status) }
        return UInt64(status.st_ino)
    }

    /// Runs `body` on the calling thread inside this namespace.
    ///
    /// `body` must not suspend. A thread that cannot come back would do its next work in a stranger's namespace,
    /// so that ends the process.
    public func enter<R: ~Copyable, E: Error>(
        from home: NetworkNamespace, _ body: () throws(E) -> R
    ) throws -> R {
        let target = descriptor.raw
        try systemCall("setns", "network namespace") { berth_setns(target, Self.kind) }
        defer {
            guard berth_setns(home.raw, Self.kind) == 0 else { fatalError("setns: cannot leave a sandbox's namespace") }
        }
        return try body()
    }
}
