import CLinux
import Glibc

extension DirectoryEntry {
    /// Opens a file by its one name for reading, without following a link or waiting for a FIFO's other end.
    public static func openFile(_ folder: CInt, _ name: BytePath) throws(SystemError) -> Descriptor {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        return Descriptor(
            owning: try systemCall("openat", name.description) { name.withCString { openat(folder, $0, flags) } })
    }

    /// Opens a place beneath a folder (O_PATH): to look at, whatever it is.
    ///
    /// - Parameter following: whether a symbolic link at the path's end is followed.
    public static func openPlace(
        _ root: CInt, _ path: BytePath, _ resolution: Resolution, following: Bool
    ) throws(SystemError) -> Descriptor {
        let flags = berth_open_path() | (following ? 0 : O_NOFOLLOW) | O_CLOEXEC
        return Descriptor(
            owning: try systemCall("openat2", path.description) {
                path.withCString { berth_openat2(root, $0, UInt64(flags), 0, resolution.rawValue) }
            })
    }

    /// Where a symbolic link leads (readlinkat(2)). An empty name is the link that `folder` is open at.
    public static func linkTarget(_ folder: CInt, _ name: BytePath) throws(SystemError) -> BytePath {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("readlinkat", name.description) {
            name.withCString { name in
                target.withUnsafeMutableBytes { bytes in
                    readlinkat(folder, name, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
                }
            }
        }
        return BytePath(target[..<count])!
    }
}
