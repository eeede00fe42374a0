import Glibc

/// Byte streams that never wait: pipes, terminals and stream sockets, non-blocking.
public enum StreamIO {
    /// What one `read` found.
    public enum Input: Hashable, Sendable {
        case bytes(Int)
        /// Nothing now.
        case nothing
        /// Nothing any more: end of file, or a terminal whose last user is gone (EIO).
        case end
    }

    public static func read(
        _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Input {
        do {
            let count = try systemCall("read", "\(descriptor)") {
                Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            return count == 0 ? .end : .bytes(count)
        } catch {
            switch error.errno {
            case .wouldBlock: return .nothing
            case .ioError, .connectionReset: return .end
            default: throw error
            }
        }
    }

    /// - Returns: how much was taken, or nil when nothing can be taken now.
    /// - Throws: `brokenPipe` when nobody reads; the process must ignore SIGPIPE.
    public static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int? {
        do {
            return try systemCall("write", "\(descriptor)") {
                Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
        } catch {
            guard error.errno == .wouldBlock else { throw error }
            return nil
        }
    }

    /// Sends two pieces as one on a stream socket (sendmsg(2)), without SIGPIPE.
    ///
    /// - Returns: how much of both was taken, or nil when nothing can be taken now.
    public static func send(
        _ socket: CInt, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int? {
        do {
            return try systemCall("sendmsg", "\(socket)") {
                withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
                    vectors[0] = iovec(iov_base: .init(mutating: first.baseAddress), iov_len: first.count)
                    vectors[1] = iovec(iov_base: .init(mutating: second.baseAddress), iov_len: second.count)
                    var message = msghdr()
                    message.msg_iov = vectors.baseAddress
                    message.msg_iovlen = 2
                    return sendmsg(socket, &message, CInt(MSG_NOSIGNAL))
                }
            }
        } catch {
            guard error.errno == .wouldBlock else { throw error }
            return nil
        }
    }

    /// Asks for larger kernel buffers for what a socket sends (SO_SNDBUF); the kernel's own limit applies.
    public static func setSendBuffer(_ socket: CInt, bytes: CInt) throws(SystemError) {
        var value = bytes
        try systemCall("setsockopt", "SO_SNDBUF") {
            setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// Whether a descriptor is open and a socket.
    public static func isSocket(_ descriptor: CInt) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }
}

/// Takes ownership of a descriptor that this program was started with, and makes it close-on-exec.
public func adoptDescriptor(_ number: CInt) throws(SystemError) -> Descriptor {
    try systemCall("fcntl", "FD_CLOEXEC \(number)") { fcntl(number, F_SETFD, FD_CLOEXEC) }
    return Descriptor(owning: number)
}
