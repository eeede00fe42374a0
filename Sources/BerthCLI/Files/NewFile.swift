import LinuxSystem

/// A file that somebody gets to see when it is complete: written beside its place, then renamed to it.
struct NewFile {
    let descriptor: SharedDescriptor
    private let folder: SharedDescriptor
    private let temporary: BytePath
    private let name: BytePath

    /// - Throws: `CommandFailure` in docker's words for a place where no file can be.
    init(_ path: String) throws {
        let split = LocalPath(path)
        guard let name = split.name else { throw CommandFailure("invalid output path: \"\(path)\" is a directory") }
        do {
            folder = try DirectoryEntry.openAbsolute(BytePath(split.parent)).shared()
        } catch {
            throw CommandFailure("invalid output path: directory \"\(split.parent)\" does not exist")
        }
        self.name = BytePath(name)
        if let status = try? DirectoryEntry.status(folder.raw, self.name), status.type != .regular {
            throw CommandFailure("invalid output path: \"\(path)\" must be a regular file")
        }
        temporary = BytePath(".\(name).\(UInt32.random(in: 0...UInt32.max))")
        descriptor = try DirectoryEntry.createFile(folder.raw, temporary).shared()
    }

    func keep() throws { try DirectoryEntry.rename(folder.raw, temporary, to: folder.raw, name) }

    func discard() { _ = try? DirectoryEntry.unlink(folder.raw, temporary) }
}
