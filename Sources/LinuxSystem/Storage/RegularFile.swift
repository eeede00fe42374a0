import Glibc

/// Positioned reads and writes of a regular file, by descriptor number: none moves the file's offset, so that several
/// holders of one open file do not disturb each other.
public enum RegularFile {
    /// Reads at most as many bytes as `buffer` takes (pread(2)).
    ///
    /// - Returns: how many were read; 0 at the end of the file.
    public static func read(
        _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(SystemError) -> Int {
        try systemCall("pread", "\(descriptor)") { pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Reads a whole file of at most `limit` bytes.
    ///
    /// - Throws: EFBIG for a longer one.
    public static func readAll(_ descriptor: CInt, limit: Int) throws(SystemError) -> [UInt8] {
        let expected = try size(descriptor)
        guard expected <= Int64(limit) else { throw SystemError(Errno(rawValue: EFBIG), "read", "\(expected) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(expected))
        var filled = 0
        while filled < bytes.count {
            let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled...])
                return try read(descriptor, into: UnsafeMutableRawBufferPointer(rest), at: Int64(filled))
            }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Writes all bytes (pwrite(2)).
    public static func write(
        _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int64
    ) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            written += try systemCall("pwrite", path(ofDescriptor: descriptor)) {
                pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset) + written)
            }
        }
    }

    /// Writes all bytes (pwrite(2)).
    public static func write(_ descriptor: CInt, _ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        try bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
            try write(descriptor, UnsafeRawBufferPointer(buffer), at: offset)
        }
    }

    /// Bytes in the file (fstat(2)).
    public static func size(_ descriptor: CInt) throws(SystemError) -> Int64 {
        var status = stat()
        try systemCall("fstat", "\(descriptor)") { fstat(descriptor, &status) }
        return Int64(status.st_size)
    }

    /// Cuts or extends the file (ftruncate(2)).
    public static func truncate(_ descriptor: CInt, to size: Int64) throws(SystemError) {
        try systemCall("ftruncate", "\(descriptor)") { ftruncate(descriptor, off_t(size)) }
    }

    /// Takes the write permission from everyone, mode 0444 (fchmod(2)).
    public static func makeReadOnly(_ descriptor: CInt) throws(SystemError) {
        try systemCall("fchmod", "\(descriptor)") { fchmod(descriptor, 0o444) }
    }

    /// Brings the file's bytes to the disk (fdatasync(2)).
    public static func synchronize(_ descriptor: CInt) throws(SystemError) {
        try systemCall("fdatasync", "\(descriptor)") { fdatasync(descriptor) }
    }

    /// Waits for the exclusive lock of the open file description (flock(2)); the kernel lifts it with the last close.
    public static func lock(_ descriptor: CInt) throws(SystemError) {
        try systemCall("flock", "\(descriptor)") { flock(descriptor, LOCK_EX) }
    }

    /// Copies up to `count` bytes between files.
    ///
    /// - Parameter piece: is given each piece before it is written, and where it goes.
    /// - Returns: how many bytes were copied: fewer when the source is shorter.
    public static func copy(
        from source: CInt, at sourceOffset: Int64, to target: CInt, at targetOffset: Int64, count: Int64,
        piece: (UnsafeRawBufferPointer, Int64) throws -> Void = { _, _ in }
    ) throws -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        var copied: Int64 = 0
        while copied < count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), count - copied))])
            let moved = try read(source, into: room, at: sourceOffset + copied)
            if moved == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: room[..<moved])
            try piece(bytes, targetOffset + copied)
            try write(target, bytes, at: targetOffset + copied)
            copied += Int64(moved)
        }
        return copied
    }
}
