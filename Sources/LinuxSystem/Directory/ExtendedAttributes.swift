import CLinux
import Glibc

/// Extended attributes (xattr(7)); names are bytes as file names are.
public enum ExtendedAttributes {
    public static func set(_ file: CInt, _ name: BytePath, _ value: UnsafeRawBufferPointer) throws(SystemError) {
        try systemCall("fsetxattr", name.description) {
            name.withCString { berth_fsetxattr(file, $0, value.baseAddress, value.count) }
        }
    }

    public static func set(_ file: CInt, _ name: BytePath, _ value: String) throws(SystemError) {
        let bytes = Array(value.utf8)
        try bytes.withUnsafeBufferPointer { value throws(SystemError) in
            try set(file, name, UnsafeRawBufferPointer(value))
        }
    }

    /// Sets an attribute of an entry that cannot be opened (a symbolic link, a device): the folder is reached by its
    /// descriptor through /proc, the last component is not followed (lsetxattr(2)).
    public static func set(
        _ folder: CInt, entry: BytePath, _ name: BytePath, _ value: UnsafeRawBufferPointer
    ) throws(SystemError) {
        let path = BytePath("/proc/self/fd/\(folder)").appending(entry)
        try systemCall("lsetxattr", name.description) {
            path.withCString { path in
                name.withCString { berth_lsetxattr(path, $0, value.baseAddress, value.count) }
            }
        }
    }

    /// An attribute's value, nil when there is none.
    public static func get(_ file: CInt, _ name: BytePath) throws(SystemError) -> [UInt8]? {
        // The kernel's own limit on a value (XATTR_SIZE_MAX).
        var value = [UInt8](repeating: 0, count: 65_536)
        do {
            let count = try systemCall("fgetxattr", name.description) {
                name.withCString { berth_fgetxattr(file, $0, &value, value.count) }
            }
            return Array(value[..<count])
        } catch {
            guard error.errno.rawValue == ENODATA else { throw error }
            return nil
        }
    }

    public static func remove(_ file: CInt, _ name: BytePath) throws(SystemError) {
        try systemCall("fremovexattr", name.description) { name.withCString { berth_fremovexattr(file, $0) } }
    }

    /// The names of all attributes that the process may see.
    public static func names(_ file: CInt) throws(SystemError) -> [BytePath] {
        // The kernel's own limit on the list (XATTR_LIST_MAX).
        var list = [UInt8](repeating: 0, count: 65_536)
        let count = try systemCall("flistxattr", "\(file)") {
            list.withUnsafeMutableBytes { bytes in
                berth_flistxattr(file, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
            }
        }
        return list[..<count].split(separator: 0).compactMap { BytePath($0) }
    }
}
