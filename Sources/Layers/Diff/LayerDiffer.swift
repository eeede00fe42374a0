import Archive
import LinuxSystem
import OCISpec

/// What a layer is that was made.
public struct PackedLayer: Sendable {
    /// SHA-256 of the uncompressed tar stream.
    public var diffID: Digest
    /// Bytes of that stream.
    public var size: Int64
}

/// Tells what a folder in overlay's form changes of the tree below it: as a layer (OCI image-spec, layer.md, "Creating"),
/// or as a list. The same tree makes the same layer.
public struct LayerDiffer {
    private let upper: CInt
    private let lower: SharedDescriptor?
    private let hidden: Set<BytePath>
    private let progress: (Int64) throws -> Void

    /// - Parameters:
    ///   - upper: an open folder; whoever works in it meanwhile may be seen half.
    ///   - lower: root of all that is below it; nil when nothing is.
    ///   - hidden: paths from the root, without a slash before them, of files and folders that are only there to be
    ///     mounted on: they are left out where they are empty and the lower has none.
    ///   - progress: called now and then with the bytes of the tar stream so far; what it throws ends the work.
    public init(
        upper: CInt, lower: SharedDescriptor?, hidden: [BytePath] = [],
        progress: @escaping (Int64) throws -> Void = { _ in }
    ) {
        self.upper = upper
        self.lower = lower
        self.hidden = Set(hidden)
        self.progress = progress
    }

    /// Writes a layer to a regular file, which it empties first.
    ///
    /// - Parameter mediaType: that of an OCI layer, plain or with gzip.
    /// - Throws: `LayerError`, or what `progress` threw.
    public func writeLayer(mediaType: String, to file: CInt) throws -> PackedLayer {
        let blob = try BlobWriter(file, mediaType: mediaType)
        let tar = TarWriter { try blob.write($0) }
        let packer = EntryPacker(tar, holes: .filled) { [progress] in try progress(blob.size) }
        try OverlayComparison(lower: lower, hidden: hidden) { try Self.write($0, packer) }.run(upper: upper)
        try packer.finish()
        return try blob.finish()
    }

    private static func write(_ change: LayerChange, _ packer: EntryPacker) throws {
        if change.isImplied { return }
        if change.path.isEmpty { return try packer.writeFolder(change.folder, as: BytePath("./")) }
        guard change.kind != .deleted else {
            return try packer.writeMark(change.path.sibling(BytePath(Array(".wh.".utf8) + change.name.bytes)!))
        }
        _ = try packer.write(change.folder, change.name, as: change.path)
        if change.isOpaque { try packer.writeMark(change.path.appending(BytePath(".wh..wh..opq"))) }
    }

    /// Writes a list to a regular file, which it empties first: for each change `A`, `C` or `D`, the path from the root
    /// with a slash before it, and a zero byte.
    ///
    /// - Returns: how many.
    public func writeChanges(to file: CInt) throws -> Int {
        try RegularFile.truncate(file, to: 0)
        var (count, offset) = (0, Int64(0))
        var pending: [UInt8] = []
        func flush() throws {
            try progress(offset)
            try RegularFile.write(file, pending, at: offset)
            offset += Int64(pending.count)
            pending.removeAll(keepingCapacity: true)
        }
        let comparison = OverlayComparison(lower: lower, hidden: hidden) { change in
            if change.path.isEmpty { return }
            count += 1
            pending.append(change.kind.rawValue)
            pending.append(0x2f)
            pending.append(contentsOf: change.path.bytes)
            pending.append(0)
            if pending.count >= 64 << 10 { try flush() }
        }
        try comparison.run(upper: upper)
        try flush()
        return count
    }
}
