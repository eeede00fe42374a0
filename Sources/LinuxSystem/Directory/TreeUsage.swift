import Glibc

/// What a tree takes on its disk.
public struct TreeUsage: Hashable, Sendable {
    /// Bytes allocated, a file with several names counted once.
    public var allocated: Int64 = 0
    public var inodes: Int64 = 0

    private struct Level {
        var inode: UInt64
        var pending: [BytePath]
    }

    /// Measures a folder and everything in it, of any depth, with two descriptors: the way back up is `..`, checked
    /// against the inode that it left. Files that come and go meanwhile may or may not be counted.
    public static func measure(_ folder: CInt) throws(SystemError) -> TreeUsage {
        var usage = TreeUsage()
        var linked: Set<UInt64> = []
        let status = try OpenFile.status(folder)
        usage.count(status)
        var current = try DirectoryEntry.openFolder(folder, BytePath("."))
        var levels = [Level(inode: status.inode, pending: try usage.list(current.raw, &linked))]
        while true {
            if let name = levels[levels.count - 1].pending.popLast() {
                guard let child = try openIfThere(current.raw, name) else { continue }
                let inode = try OpenFile.status(child.raw).inode
                levels.append(Level(inode: inode, pending: try usage.list(child.raw, &linked)))
                current = child
            } else {
                levels.removeLast()
                guard let parent = levels.last else { return usage }
                current = try DirectoryEntry.openChildFolder(current.raw, BytePath(".."))
                guard try OpenFile.status(current.raw).inode == parent.inode else {
                    throw SystemError(.busy, "openat", "a folder that was moved while it was measured")
                }
            }
        }
    }

    private mutating func count(_ status: FileStatus) {
        allocated += status.allocated
        inodes += 1
    }

    /// Counts what is in one folder; the names of the folders in it.
    private mutating func list(_ folder: CInt, _ linked: inout Set<UInt64>) throws(SystemError) -> [BytePath] {
        var folders: [BytePath] = []
        var stream = try DirectoryStream(folder)
        while let entry = try stream.next() {
            let status: FileStatus
            do {
                status = try DirectoryEntry.status(folder, entry.name)
            } catch {
                guard error.errno == .noEntry else { throw error }
                continue
            }
            if status.type == .directory {
                folders.append(entry.name)
            } else if status.links > 1, !linked.insert(status.inode).inserted {
                continue
            }
            count(status)
        }
        return folders
    }

    private static func openIfThere(_ folder: CInt, _ name: BytePath) throws(SystemError) -> Descriptor? {
        do {
            return try DirectoryEntry.openChildFolder(folder, name)
        } catch {
            guard error.errno == .noEntry else { throw error }
            return nil
        }
    }
}
