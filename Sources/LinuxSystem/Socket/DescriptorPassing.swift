import Glibc

/// Bytes with descriptors beside them (SCM_RIGHTS, unix(7)).
extension UnixSocket {
    /// How many descriptors one `send` may carry; the kernel's own limit is 253.
    public static let maximumDescriptors = 16

    private static let headerSize = MemoryLayout<cmsghdr>.size

    /// Sends what the socket takes at once. Never raises SIGPIPE.
    ///
    /// - Parameter descriptors: attached to the first byte, at most `maximumDescriptors`; once a byte was taken, they
    ///   are sent. The caller still owns them.
    /// - Returns: the number of bytes taken, or nil when the socket is full and nothing was sent.
    public static func send(
        _ socket: CInt, _ bytes: UnsafeRawBufferPointer, descriptors: [CInt] = []
    ) throws(SystemError) -> Int? {
        if descriptors.isEmpty {
            return try unlessBlocking("send") { Glibc.send(socket, bytes.baseAddress, bytes.count, sendFlags) }
        }
        precondition(descriptors.count <= maximumDescriptors, "too many descriptors for one message")
        let length = headerSize + descriptors.count * MemoryLayout<CInt>.size
        var control = ControlBuffer()
        return try unlessBlocking("sendmsg") {
            withUnsafeMutableBytes(of: &control) { buffer in
                var header = cmsghdr()
                header.cmsg_len = length
                header.cmsg_level = SOL_SOCKET
                header.cmsg_type = CInt(SCM_RIGHTS)
                buffer.storeBytes(of: header, as: cmsghdr.self)
                for (index, descriptor) in descriptors.enumerated() {
                    buffer.storeBytes(of: descriptor, toByteOffset: headerSize + index * 4, as: CInt.self)
                }
                return withMessage(bytes, control: buffer.baseAddress!, (length + 7) & ~7) { message in
                    sendmsg(socket, &message, sendFlags)
                }
            }
        }
    }

    /// Receives what is there.
    ///
    /// - Parameter descriptors: those that arrived are appended, close-on-exec and owned.
    /// - Returns: the number of bytes, 0 at end of file, or nil when nothing is there.
    /// - Throws: also EMSGSIZE when descriptors were lost, because the process has too many open.
    public static func receive(
        _ socket: CInt, into buffer: UnsafeMutableRawBufferPointer, descriptors: inout [SharedDescriptor]
    ) throws(SystemError) -> Int? {
        var control = ControlBuffer()
        var truncated = false
        let count = try unlessBlocking("recvmsg") {
            withUnsafeMutableBytes(of: &control) { area in
                withMessage(UnsafeRawBufferPointer(buffer), control: area.baseAddress!, area.count) { message in
                    let count = recvmsg(socket, &message, CInt(MSG_CMSG_CLOEXEC))
                    guard count >= 0 else { return count }
                    truncated = message.msg_flags & CInt(MSG_CTRUNC) != 0
                    collect(UnsafeRawBufferPointer(rebasing: area.prefix(message.msg_controllen)), into: &descriptors)
                    return count
                }
            }
        }
        if truncated { throw SystemError(.messageTooLong, "recvmsg", "descriptors were lost") }
        return count
    }

    /// Walks the control messages (cmsg(3)) and takes the descriptors of each SCM_RIGHTS.
    private static func collect(_ control: UnsafeRawBufferPointer, into descriptors: inout [SharedDescriptor]) {
        var offset = 0
        while offset + headerSize <= control.count {
            let header = control.loadUnaligned(fromByteOffset: offset, as: cmsghdr.self)
            let length = Int(header.cmsg_len)
            guard length >= headerSize, offset + length <= control.count else { return }
            if header.cmsg_level == SOL_SOCKET, header.cmsg_type == CInt(SCM_RIGHTS) {
                for position in stride(from: offset + headerSize, through: offset + length - 4, by: 4) {
                    let number = control.loadUnaligned(fromByteOffset: position, as: CInt.self)
                    descriptors.append(SharedDescriptor(owning: number))
                }
            }
            offset += (length + 7) & ~7
        }
    }

    private static let sendFlags = CInt(MSG_NOSIGNAL)

    private static func withMessage(
        _ bytes: UnsafeRawBufferPointer, control: UnsafeMutableRawPointer, _ controlLength: Int,
        _ body: (inout msghdr) -> Int
    ) -> Int {
        var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
            var message = msghdr()
            message.msg_iov = vector
            message.msg_iovlen = 1
            message.msg_control = control
            message.msg_controllen = controlLength
            return body(&message)
        }
    }

    private static func unlessBlocking(_ operation: String, _ body: () -> Int) throws(SystemError) -> Int? {
        do {
            return try systemCall(operation, "", body)
        } catch {
            guard error.errno == .wouldBlock else { throw error }
            return nil
        }
    }
}

/// Room for the control message of `maximumDescriptors`: a 16-byte header and 4 bytes for each, aligned to 8.
private struct ControlBuffer {
    private var words: InlineArray<10, UInt64> = .init(repeating: 0)
}

extension Errno {
    public static let messageTooLong = Errno(rawValue: EMSGSIZE)
}
