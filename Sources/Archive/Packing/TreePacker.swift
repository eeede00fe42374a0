import LinuxSystem

/// Writes a file, or a folder with everything in it, to a stream as a tar.
///
/// Memory does not grow with the tree, but for the names of files with several of them. Sockets are left out.
public struct TreePacker {
    private let progress: (Int64) throws -> Void

    /// - Parameter progress: is given the bytes written so far; what it throws ends the work.
    public init(progress: @escaping (Int64) throws -> Void = { _ in }) { self.progress = progress }

    /// Writes what has a name in an open folder.
    ///
    /// - Parameters:
    ///   - path: the entry's name in the archive.
    ///   - output: a pipe, socket or file, written to at its offset; the process must not have SIGPIPE end it.
    /// - Throws: `SystemError` with `brokenPipe` when nobody reads; `noEntry` for what is not there.
    public func pack(_ name: BytePath, in folder: CInt, as path: BytePath, to output: CInt) throws {
        let packer = makePacker(output)
        guard try DirectoryEntry.status(folder, name).type == .directory else {
            guard try packer.write(folder, name, as: path) else {
                throw LayerError(.refused, "a tar cannot hold it", entry: name.description)
            }
            return try packer.finish()
        }
        let child = try DirectoryEntry.openChildFolder(folder, name)
        try pack(contentsOf: child.raw, as: path, packer)
    }

    /// Writes an open folder and everything in it.
    ///
    /// - Parameter path: the folder's name in the archive; empty to have its entries there without it.
    public func pack(contentsOf folder: CInt, as path: BytePath, to output: CInt) throws {
        try pack(contentsOf: folder, as: path, makePacker(output))
    }

    private func pack(contentsOf folder: CInt, as path: BytePath, _ packer: EntryPacker) throws {
        if !path.isEmpty { try packer.writeFolder(folder, as: path) }
        try TreeWalk.visit(folder, path: path) { folder, name, path in try packer.write(folder, name, as: path) }
        try packer.finish()
    }

    private func makePacker(_ output: CInt) -> EntryPacker {
        var written: Int64 = 0
        let tar = TarWriter { [progress] bytes in
            try StandardStream.write(bytes, to: output)
            written += Int64(bytes.count)
            try progress(written)
        }
        return EntryPacker(tar, holes: .kept)
    }
}
