import Glibc

/// An open folder, through which its entries are reached (openat(2) and kin): what is renamed or replaced above it
/// meanwhile does not matter. Names are single components; symbolic links are never followed.
public final class Folder: Sendable {
    public enum Access: Sendable {
        case read
        case readWrite
        /// Made when missing, mode 0600.
        case create
        /// EEXIST when there is one.
        case createNew
        /// Made when missing, mode 0600; every write goes to its end.
        case append

        var flags: CInt {
            switch self {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            case .append: O_WRONLY | O_CREAT | O_APPEND
            }
        }
    }

    private let descriptor: Descriptor
    /// For messages only.
    public let path: String

    public var raw: CInt { descriptor.raw }

    private init(_ descriptor: consuming Descriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens the folder at an absolute path.
    ///
    /// - Parameter creating: makes it, and what is missing above it, with mode 0700.
    public static func open(_ path: String, creating: Bool = false) throws(SystemError) -> Folder {
        do {
            let raw = try systemCall("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            return Folder(Descriptor(owning: raw), path: path)
        } catch  where creating && error.errno == .noEntry {
            if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
                _ = try open(String(path[..<slash]), creating: true)
            }
            do {
                try systemCall("mkdir", path) { mkdir(path, 0o700) }
            } catch  where error.errno == .exists {}
            return try open(path)
        }
    }

    /// Opens a folder in this one.
    ///
    /// - Parameter creating: makes it when missing, with mode 0700.
    public func folder(_ name: String, creating: Bool = false) throws(SystemError) -> Folder {
        try Self.check(name)
        let full = path + "/" + name
        if creating {
            do {
                try systemCall("mkdirat", full) { mkdirat(raw, name, 0o700) }
            } catch  where error.errno == .exists {}
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return Folder(Descriptor(owning: try systemCall("openat", full) { openat(raw, name, flags) }), path: full)
    }

    /// Opens a file in this folder.
    public func open(_ name: String, _ access: Access) throws(SystemError) -> Descriptor {
        try Self.check(name)
        let flags = access.flags | O_NOFOLLOW | O_CLOEXEC
        let raw = try systemCall("openat", path + "/" + name) { openat(self.raw, name, flags, 0o600) }
        return Descriptor(owning: raw)
    }

    /// Bytes of a file, or nil when there is none (fstatat(2)).
    public func size(of name: String) throws(SystemError) -> Int64? {
        try status(of: name).map { Int64($0.st_size) }
    }

    /// Whole seconds since a file was last written to, or nil when there is none.
    public func secondsSinceChange(of name: String) throws(SystemError) -> Int64? {
        guard let status = try status(of: name) else { return nil }
        return Int64(time(nil)) - Int64(status.st_mtim.tv_sec)
    }

    private func status(of name: String) throws(SystemError) -> stat? {
        try Self.check(name)
        var status = stat()
        do {
            try systemCall("fstatat", path + "/" + name) { fstatat(raw, name, &status, AT_SYMLINK_NOFOLLOW) }
            return status
        } catch  where error.errno == .noEntry {
            return nil
        }
    }

    /// Names in the folder, without `.` and `..`, in no order.
    public func names() throws(SystemError) -> [String] {
        let copy = try systemCall("openat", path) { openat(raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let error = SystemError(.current, "fdopendir", path)
            close(copy)
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Renames within this folder or into another; replaces what has the name (renameat(2)).
    public func rename(_ name: String, to newName: String, in other: Folder? = nil) throws(SystemError) {
        try Self.check(name)
        try Self.check(newName)
        let target = other ?? self
        try systemCall("renameat", "\(path)/\(name)") { renameat(raw, name, target.raw, newName) }
    }

    /// Gives a file of another folder of the same file system the same name here too (linkat(2)).
    public func link(_ name: String, from other: Folder) throws(SystemError) {
        try Self.check(name)
        try systemCall("linkat", "\(path)/\(name)") { linkat(other.raw, name, raw, name, 0) }
    }

    /// Removes a file.
    ///
    /// - Returns: false when there was none.
    @discardableResult
    public func remove(_ name: String) throws(SystemError) -> Bool {
        try Self.check(name)
        do {
            try systemCall("unlinkat", path + "/" + name) { unlinkat(raw, name, 0) }
            return true
        } catch  where error.errno == .noEntry {
            return false
        }
    }

    /// Brings new, renamed and removed names to the disk (fsync(2)).
    public func synchronize() throws(SystemError) {
        try systemCall("fsync", path) { fsync(raw) }
    }

    /// Replaces a small file so that readers and a power cut find the old or the new content, never a part: temporary
    /// file, fsync, rename, fsync of the folder. One writer at a time: callers hold a lock of their own.
    public func replace(_ name: String, with bytes: [UInt8]) throws(SystemError) {
        let temporary = "." + name + ".new"
        do {
            let file = try open(temporary, .create)
            try RegularFile.truncate(file.raw, to: 0)
            try RegularFile.write(file.raw, bytes, at: 0)
            try RegularFile.synchronize(file.raw)
            try rename(temporary, to: name)
            try synchronize()
        } catch {
            // The first error is the one to tell; a temporary left over is overwritten next time.
            _ = try? remove(temporary)
            throw error
        }
    }

    private static func check(_ name: String) throws(SystemError) {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(0x2f), !name.utf8.contains(0) else {
            throw SystemError(.invalid, "open", name)
        }
    }
}
