import Archive
import LinuxSystem
import OCISpec

/// What a layer was.
public struct AppliedLayer: Sendable {
    /// SHA-256 of the uncompressed tar stream.
    public var diffID: Digest
    /// Bytes of that stream.
    public var size: Int64
    public var entries: Int
    /// Bytes of all files, holes included.
    public var unpackedSize: Int64
    /// Folders made because something is in them, without an entry that says their owner and mode: in overlay form
    /// they hide those of the layers below until somebody copies them. The root is the empty path.
    public var impliedFolders: [BytePath]
    /// Attributes left out: an engine's own (`trusted.overlay.…`), a host's labels, and what the file system has not.
    public var skippedAttributes: Int
}

/// Unpacks a layer into a folder (OCI image-spec, layer.md).
///
/// The archive is hostile until proven otherwise: paths are resolved by the kernel with the folder as root
/// (openat2(2), RESOLVE_IN_ROOT), entries are made by one name relative to a descriptor and never through what was
/// there, sizes and counts are bounded, and memory does not grow with the archive.
public struct LayerApplier: Sendable {
    public var form: LayerForm
    public var limits: LayerLimits

    public init(_ form: LayerForm, limits: LayerLimits = LayerLimits()) {
        self.form = form
        self.limits = limits
    }

    /// Unpacks `blob`, a regular file read from its beginning whatever its offset, into `folder`.
    ///
    /// Nobody else may write into the folder meanwhile. After an error the folder holds a part of the layer.
    ///
    /// - Parameters:
    ///   - mediaType: the blob's; what it is compressed with is told from its first bytes.
    ///   - progress: called now and then with the bytes of the blob read so far; what it throws ends the work.
    /// - Throws: `LayerError`, or what `progress` threw.
    public func apply(
        blob: CInt, mediaType: String, to folder: CInt, progress: (Int64) throws -> Void = { _ in }
    ) throws -> AppliedLayer {
        let bytesRead = ByteCounter()
        let stream = try LayerStream(blob, mediaType: mediaType, limits: limits, progress: bytesRead)
        defer { stream.abandon() }
        var reported: Int64 = -1
        return try withoutActuallyEscaping(progress) { progress in
            let reader = try TarReader(stream) {
                guard bytesRead.value != reported else { return }
                reported = bytesRead.value
                try progress(reported)
            }
            return try unpack(reader, of: stream, to: folder)
        }
    }

    private func unpack(_ reader: TarReader, of stream: LayerStream, to folder: CInt) throws -> AppliedLayer {
        let writer = try EntryWriter(root: folder, form: form, limits: limits)
        while let entry = try reader.next() { try Self.apply(entry, from: reader, to: writer) }
        try reader.finish()
        let summary = stream.result
        do { try writer.finish() } catch { throw LayerError(error, entry: nil) }
        return AppliedLayer(
            diffID: summary.diffID, size: summary.size, entries: writer.entries, unpackedSize: writer.unpackedSize,
            impliedFolders: writer.impliedFolders, skippedAttributes: writer.skippedAttributes)
    }

    /// The one place where an error gets the name of its entry.
    private static func apply(_ entry: TarEntry, from reader: TarReader, to writer: EntryWriter) throws {
        let name = entry.name
        do {
            try writer.write(entry, named: name, from: reader)
        } catch let error as SystemError {
            throw LayerError(error, entry: name.description)
        } catch var error as LayerError {
            error.entry = name.description
            throw error
        }
    }
}
