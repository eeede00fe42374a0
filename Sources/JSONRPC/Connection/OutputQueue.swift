import LinuxSystem

/// Bytes that wait to be sent, and the places in them where descriptors are attached.
struct OutputQueue {
    private struct Attachment {
        var offset: Int
        var descriptors: [SharedDescriptor]
    }

    private var bytes: [UInt8] = []
    private var head = 0
    private var attachments: [Attachment] = []

    var count: Int { bytes.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ line: Line) {
        if !line.descriptors.isEmpty {
            attachments.append(Attachment(offset: bytes.count, descriptors: line.descriptors))
        }
        bytes += line.bytes
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Appends what waits in another queue.
    mutating func append(contentsOf other: OutputQueue) {
        for attachment in other.attachments {
            let offset = bytes.count + attachment.offset - other.head
            attachments.append(Attachment(offset: offset, descriptors: attachment.descriptors))
        }
        bytes += other.bytes[other.head...]
    }

    /// Sends as much as the socket takes.
    ///
    /// - Returns: whether everything is sent.
    mutating func flush(to socket: CInt) throws(SystemError) -> Bool {
        while head < bytes.count {
            guard let sent = try sendSegment(to: socket) else {
                compact()
                return false
            }
            if let first = attachments.first, first.offset == head, sent > 0 { attachments.removeFirst() }
            head += sent
        }
        removeAll()
        return true
    }

    mutating func removeAll() {
        // A burst must not pin its memory for the rest of a quiet connection's life.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 16 << 10)
        head = 0
        attachments.removeAll()
    }

    /// Sends up to the next attachment but one: descriptors travel with the first byte of a call to sendmsg(2).
    private func sendSegment(to socket: CInt) throws(SystemError) -> Int? {
        var descriptors: [CInt] = []
        if let first = attachments.first, first.offset == head { descriptors = first.descriptors.map(\.raw) }
        let end = attachments.first { $0.offset > head }?.offset ?? bytes.count
        let segment = head..<end
        let result = bytes.withUnsafeBytes { buffer in
            Swift.Result { () throws(SystemError) in
                try UnixSocket.send(socket, UnsafeRawBufferPointer(rebasing: buffer[segment]), descriptors: descriptors)
            }
        }
        return try result.get()
    }

    private mutating func compact() {
        guard head >= 64 << 10, head * 2 > bytes.count else { return }
        bytes.removeFirst(head)
        for index in attachments.indices { attachments[index].offset -= head }
        head = 0
    }
}
