import BerthAPI
import Hashing
import LinuxSystem
import OCISpec

/// A package as one byte stream: a tar archive (POSIX ustar) of its folders and files, sorted by name, without owners and
/// times, so that equal packages are equal bytes. Its SHA-256 is the package's digest.
enum PackageArchive {
    private static let block = 512
    /// Bytes of a file that one package may hold; executables with debug information are some 100 MB.
    private static let maximumFile: Int64 = 2 << 30

    /// Digest of the package in a folder.
    static func digest(of folder: String) throws -> Digest {
        var hash = SHA256()
        try write(folder) { hash.update($0) }
        return hash.finalize()
    }

    /// - Parameter sink: is given the archive's bytes in order.
    /// - Throws: `invalidArgument` for what a package may not hold: links, devices, names beyond 100 bytes.
    static func write(_ folder: String, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try write(folder: try Folder.open(folder), prefix: "", sink)
        try [UInt8](repeating: 0, count: 2 * block).withUnsafeBytes(sink)
    }

    private static func write(folder: Folder, prefix: String, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        for name in try folder.names().sorted() {
            let place = prefix + name
            let status = try DirectoryEntry.status(folder.raw, BytePath(name))
            switch status.type {
            case .directory:
                try header(place + "/", size: 0, mode: 0o755, type: "5").withUnsafeBytes(sink)
                try write(folder: try folder.folder(name), prefix: place + "/", sink)
            case .regular:
                let mode: UInt32 = status.mode & 0o111 == 0 ? 0o644 : 0o755
                try header(place, size: status.size, mode: mode, type: "0").withUnsafeBytes(sink)
                try contents(of: try folder.open(name, .read), size: status.size, place, sink)
            default:
                throw BerthError(.invalidArgument, "\(place): a plugin package holds files and folders only")
            }
        }
    }

    private static func contents(
        of file: consuming Descriptor, size: Int64, _ place: String, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard size <= maximumFile else { throw BerthError(.invalidArgument, "\(place) has \(size) bytes") }
        let raw = file.raw
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
            var offset: Int64 = 0
            while offset < size {
                let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(size - offset, 256 << 10))])
                let count = try RegularFile.read(raw, into: wanted, at: offset)
                guard count > 0 else { throw BerthError(.failedPrecondition, "\(place) became shorter") }
                try sink(UnsafeRawBufferPointer(rebasing: wanted[..<count]))
                offset += Int64(count)
            }
        }
        let padding = (block - Int(size % Int64(block))) % block
        try [UInt8](repeating: 0, count: padding).withUnsafeBytes(sink)
    }

    /// One ustar header (pax(1), "ustar Interchange Format").
    private static func header(_ name: String, size: Int64, mode: UInt32, type: Character) throws -> [UInt8] {
        guard name.utf8.count <= 100 else {
            throw BerthError(.invalidArgument, "\(name): a name in a plugin package has at most 100 bytes")
        }
        var bytes = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) {
            bytes.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int64, _ width: Int, at offset: Int) {
            let digits = String(value, radix: 8)
            put(String(repeating: "0", count: width - digits.count) + digits, at: offset)
        }
        put(name, at: 0)
        octal(Int64(mode), 7, at: 100)
        octal(0, 7, at: 108)
        octal(0, 7, at: 116)
        octal(size, 11, at: 124)
        octal(0, 11, at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        octal(bytes.reduce(0) { $0 + Int64($1) }, 6, at: 148)
        bytes[154] = 0
        return bytes
    }
}
