import CLinux
import Glibc

/// Reads the names in a folder (getdents64(2) through readdir(3)), without `.` and `..`, in no order.
public struct DirectoryStream: ~Copyable {
    public struct Entry: Sendable {
        public var name: BytePath
        /// Nil where the file system does not say.
        public var type: FileType?
    }

    private let stream: OpaquePointer

    /// Reads the folder from its beginning; the descriptor stays the caller's.
    public init(_ folder: CInt) throws(SystemError) {
        // A new open file description: a duplicate would share the reading position.
        let copy = try systemCall("openat", "\(folder)") { openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let error = SystemError(.current, "fdopendir", "\(folder)")
            close(copy)
            throw error
        }
        self.stream = stream
    }

    deinit { closedir(stream) }

    public mutating func next() throws(SystemError) -> Entry? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError(.current, "getdents64") }
                return nil
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                BytePath(UnsafeRawBufferPointer(rebasing: $0.prefix { $0 != 0 }))!
            }
            if name == "." || name == ".." { continue }
            return Entry(name: name, type: FileType(rawValue: UInt32(entry.pointee.d_type) << 12))
        }
    }

    /// Starts again at the beginning.
    public mutating func rewind() { rewinddir(stream) }
}
