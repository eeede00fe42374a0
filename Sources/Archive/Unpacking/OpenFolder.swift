import LinuxSystem

/// A folder held open beneath the root, with the time of modification that it is to have in the end.
final class OpenFolder {
    private let descriptor: Descriptor
    let inode: UInt64
    private var modified: FileTime
    private var changed = false

    var raw: CInt { descriptor.raw }

    /// Opens a folder by its one name in another.
    init(in folder: CInt, _ name: BytePath) throws(SystemError) {
        descriptor = try DirectoryEntry.openChildFolder(folder, name)
        let status = try OpenFile.status(descriptor.raw)
        inode = status.inode
        modified = status.modified
    }

    /// Opens the folder at a path beneath another.
    init(beneath root: CInt, _ path: BytePath, _ resolution: Resolution) throws(SystemError) {
        descriptor = try DirectoryEntry.openFolder(root, path, resolution)
        let status = try OpenFile.status(descriptor.raw)
        inode = status.inode
        modified = status.modified
    }

    /// Something in it is about to be made or removed, which changes its time.
    func willChange() { changed = true }

    func setTime(_ time: FileTime) {
        modified = time
        changed = true
    }

    func restoreTime() throws(SystemError) {
        guard changed else { return }
        changed = false
        try OpenFile.setTime(raw, modified)
    }
}
