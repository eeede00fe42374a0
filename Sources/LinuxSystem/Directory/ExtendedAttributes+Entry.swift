import CLinux
import Glibc

// Attributes of an entry that is not opened (a symbolic link, a device): the folder is reached by its descriptor through
// /proc, the last component is not followed (llistxattr(2), lgetxattr(2)).
extension ExtendedAttributes {
    /// The names of all attributes that the process may see; none where the file system has no attributes.
    public static func names(_ folder: CInt, entry: BytePath) throws(SystemError) -> [BytePath] {
        let path = BytePath("/proc/self/fd/\(folder)").appending(entry)
        var list = [UInt8](repeating: 0, count: 65_536)
        do {
            let count = try systemCall("llistxattr", entry.description) {
                path.withCString { path in
                    list.withUnsafeMutableBytes { bytes in
                        berth_llistxattr(path, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
                    }
                }
            }
            return list[..<count].split(separator: 0).compactMap { BytePath($0) }
        } catch {
            guard error.errno == .notSupported else { throw error }
            return []
        }
    }

    /// An attribute's value, nil when there is none.
    public static func get(
        _ folder: CInt, entry: BytePath, _ name: BytePath
    ) throws(SystemError) -> [UInt8]? {
        let path = BytePath("/proc/self/fd/\(folder)").appending(entry)
        var value = [UInt8](repeating: 0, count: 65_536)
        do {
            let count = try systemCall("lgetxattr", name.description) {
                path.withCString { path in
                    name.withCString { name in berth_lgetxattr(path, name, &value, value.count) }
                }
            }
            return Array(value[..<count])
        } catch {
            guard error.errno.rawValue == ENODATA else { throw error }
            return nil
        }
    }
}
