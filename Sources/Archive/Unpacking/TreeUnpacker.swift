import LinuxSystem

/// Unpacks a tar stream into a folder of a tree that somebody uses: links on the way lead where they lead a process
/// whose root the tree's is, and never further. What is there is replaced, but for a folder by something else or
/// something else by a folder.
public struct TreeUnpacker {
    private let owner: FileOwner
    private let limits: LayerLimits

    public init(owner: FileOwner, limits: LayerLimits = LayerLimits()) {
        self.owner = owner
        self.limits = limits
    }

    /// - Parameters:
    ///   - input: a pipe, socket or file, read from its offset to its end.
    ///   - root: the tree's root, an open folder.
    ///   - base: the folder, as a path from the root.
    ///   - progress: is given the bytes read so far; what it throws ends the work.
    /// - Throws: `LayerError`, or what `progress` threw. What was unpacked before stays.
    public func unpack(
        _ input: CInt, root: CInt, into base: BytePath, progress: @escaping (Int64) throws -> Void = { _ in }
    ) throws {
        let stream = DescriptorStream(input)
        try unpack(stream, root: root, into: base) { try progress(stream.count) }
    }

    /// - Parameter checkpoint: called often; what it throws ends the work.
    package func unpack(
        _ stream: any TarStream, root: CInt, into base: BytePath, checkpoint: @escaping () throws -> Void = {}
    ) throws {
        let writer = try EntryWriter(root: root, base: base, owner: owner, limits: limits)
        let reader = try TarReader(stream, checkpoint: checkpoint)
        while let entry = try reader.next() {
            let name = entry.name
            do {
                try writer.write(entry, named: name, from: reader)
            } catch let error as SystemError where error.errno == .isDirectory {
                throw LayerError(
                    .refused, "cannot overwrite a directory with a non-directory", entry: name.description)
            } catch let error as SystemError {
                throw LayerError(error, entry: name.description)
            } catch var error as LayerError {
                error.entry = name.description
                throw error
            }
        }
        try reader.finish()
        do { try writer.finish() } catch { throw LayerError(error, entry: nil) }
    }
}
