import Archive
import LinuxSystem

/// A file or folder of this host that is copied.
struct LocalSource: Sendable {
    /// What it is called; nil for the contents of a folder.
    let name: String?
    let isFolder: Bool
    /// The folder itself, or the one that the file is in.
    private let folder: SharedDescriptor
    private let file: BytePath

    /// - Throws: `CommandFailure` in docker's words when it is not there.
    init(_ path: String, following: Bool) throws {
        do {
            try self.init(opening: path, following: following)
        } catch let error as SystemError {
            throw CommandFailure("lstat \(path): \(error.errno)".lowercasedErrno)
        }
    }

    private init(opening path: String, following: Bool) throws {
        let typed = LocalPath(path)
        name = typed.name
        guard let last = typed.name, !typed.assertsFolder else {
            folder = try DirectoryEntry.openAbsolute(BytePath(path)).shared()
            (isFolder, file) = (true, BytePath(""))
            return
        }
        var (parent, entry) = (typed.parent, last)
        if following {
            for _ in 0..<40 {
                let open = try DirectoryEntry.openAbsolute(BytePath(parent))
                guard try DirectoryEntry.status(open.raw, BytePath(entry)).type == .symbolicLink else { break }
                let target = String(
                    decoding: try DirectoryEntry.linkTarget(open.raw, BytePath(entry)).bytes, as: UTF8.self)
                let next = LocalPath(target.hasPrefix("/") ? target : "\(parent)/\(target)")
                guard let name = next.name else { throw SystemError(.invalid, "readlink", target) }
                (parent, entry) = (next.parent, name)
            }
        }
        let open = try DirectoryEntry.openAbsolute(BytePath(parent)).shared()
        isFolder = try DirectoryEntry.status(open.raw, BytePath(entry)).type == .directory
        folder = isFolder ? try DirectoryEntry.openChildFolder(open.raw, BytePath(entry)).shared() : open
        file = isFolder ? BytePath("") : BytePath(entry)
    }

    /// Writes it as a tar whose first entry has the name `entry`; empty to have the entries of a folder without it.
    func pack(as entry: String, to output: CInt, progress: @escaping (Int64) -> Void) throws {
        let packer = TreePacker(progress: progress)
        if isFolder {
            try packer.pack(contentsOf: folder.raw, as: BytePath(entry), to: output)
        } else {
            try packer.pack(file, in: folder.raw, as: BytePath(entry), to: output)
        }
    }
}

extension String {
    /// The system's words as docker writes them.
    var lowercasedErrno: String {
        guard let colon = lastIndex(of: ":") else { return self }
        return self[...colon] + self[index(after: colon)...].lowercased()
    }
}
