import CLinux
import Glibc

/// A pipe(2), both ends close-on-exec.
public struct Pipe: ~Copyable, Sendable {
    public let read: Descriptor
    public let write: Descriptor

    public init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        try systemCall("pipe2") { berth_pipe(&ends) }
        read = Descriptor(owning: ends[0])
        write = Descriptor(owning: ends[1])
    }

    /// Gives up ownership: the caller must close both numbers.
    public consuming func release() -> (read: CInt, write: CInt) { (read.release(), write.release()) }

    /// Both ends, each closed after its last holder.
    public consuming func shared() -> (read: SharedDescriptor, write: SharedDescriptor) {
        (read.shared(), write.shared())
    }
}

/// /dev/null, readable and writable.
public func openNullDevice() throws(SystemError) -> SharedDescriptor {
    SharedDescriptor(owning: try systemCall("open", "/dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) })
}

/// Opens a file for reading.
public func openForReading(_ path: String) throws(SystemError) -> Descriptor {
    Descriptor(owning: try systemCall("open", path) { open(path, O_RDONLY | O_CLOEXEC) })
}

/// Opens a file to append to, making it when it is missing.
public func openForAppending(_ path: String, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC
    return Descriptor(owning: try systemCall("open", path) { open(path, flags, mode_t(mode)) })
}

/// One read(2) of a descriptor that is known to be readable.
///
/// - Returns: The number of bytes, 0 at the end of the file; nil when there is nothing after all.
public func readAvailable(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count >= 0 { return count }
    return Errno.current == .wouldBlock || Errno.current == .interrupted ? nil : 0
}
