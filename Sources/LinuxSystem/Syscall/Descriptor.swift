import Glibc

/// An open file descriptor with one owner, closed when the owner goes away.
public struct Descriptor: ~Copyable, Sendable {
    public let raw: CInt

    /// Takes ownership of an open descriptor.
    public init(owning raw: CInt) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// Gives up ownership: the caller must close the number returned.
    public consuming func release() -> CInt {
        let number = raw
        discard self
        return number
    }

    /// A second descriptor for the same open file description, close-on-exec (fcntl(2), F_DUPFD_CLOEXEC).
    public func duplicate() throws(SystemError) -> Descriptor {
        let raw = self.raw
        return Descriptor(owning: try systemCall("fcntl", "F_DUPFD_CLOEXEC \(raw)") { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    }

    /// Shares the descriptor between several holders; closed after the last.
    public consuming func shared() -> SharedDescriptor { SharedDescriptor(owning: release()) }
}

/// An open file descriptor with several holders (messages, collections), closed when the last one goes away.
public final class SharedDescriptor: Sendable {
    public let raw: CInt

    public init(owning raw: CInt) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// A descriptor of its own for the same open file description.
    public func duplicate() throws(SystemError) -> Descriptor {
        let raw = self.raw
        return Descriptor(owning: try systemCall("fcntl", "F_DUPFD_CLOEXEC \(raw)") { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    }
}
