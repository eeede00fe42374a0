import CArchive
import LinuxSystem

/// Reads the entries of a tar stream with libarchive: ustar, GNU (long names, sparse files) and pax.
///
/// libarchive bounds a single extension header (1 MiB) and how many may come before one entry.
package final class TarReader {
    private let archive: OpaquePointer
    private let source: ArchiveSource
    private let checkpoint: () throws -> Void

    /// - Parameter checkpoint: called before each entry and each piece of content; what it throws ends the reading.
    package init(
        _ stream: any TarStream, checkpoint: @escaping () throws -> Void = {}
    ) throws(LayerError) {
        guard let archive = archive_read_new() else { throw LayerError(.tooLarge, "no memory to read an archive") }
        self.archive = archive
        self.checkpoint = checkpoint
        source = ArchiveSource(stream)
        archive_read_support_format_tar(archive)
        archive_read_support_format_empty(archive)
        let context = Unmanaged.passUnretained(source).toOpaque()
        guard archive_read_open(archive, context, nil, readArchive, nil) == ARCHIVE_OK else {
            throw failure("not a tar archive")
        }
    }

    deinit { archive_read_free(archive) }

    /// The next entry, nil at the archive's end. Valid until the next call.
    package func next() throws -> TarEntry? {
        try checkpoint()
        var entry: OpaquePointer?
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_OK: return TarEntry(entry!)
        case ARCHIVE_EOF: return nil
        case ARCHIVE_WARN where !message.hasPrefix("Ignoring malformed"):
            // A name in no known encoding, an unreadable ACL: the bytes that matter are there.
            return TarEntry(entry!)
        default: throw failure("the archive is damaged")
        }
    }

    /// The next piece of the current entry's content and where in the file it belongs; nil at its end.
    func nextData() throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
        try checkpoint()
        var (base, count, offset) = (UnsafeRawPointer?.none, 0, la_int64_t(0))
        switch archive_read_data_block(archive, &base, &count, &offset) {
        case ARCHIVE_OK: return (UnsafeRawBufferPointer(start: base, count: count), Int64(offset))
        case ARCHIVE_EOF: return nil
        default: throw failure("the archive is damaged")
        }
    }

    /// Reads what follows the archive, to the end of the stream.
    package func finish() throws {
        while source.read() != nil, source.holdsPiece { try checkpoint() }
        if let failure = source.failure { throw failure }
        try checkpoint()
    }

    private var message: String { archive_error_string(archive).map { String(cString: $0) } ?? "" }

    private func failure(_ what: String) -> LayerError {
        if let cause = source.failure { return cause }
        return LayerError(.damaged, message.isEmpty ? what : "\(what): \(message)")
    }
}

/// Where an archive's bytes come from.
package protocol TarStream: AnyObject {
    /// Gives the last piece back, when one is held, and takes the next; nil at the end. Valid until the next call.
    func next(returning held: Bool) throws(LayerError) -> UnsafeRawBufferPointer?
}

/// What libarchive's read callback works on.
private final class ArchiveSource {
    private let stream: any TarStream
    var holdsPiece = false
    var failure: LayerError?

    init(_ stream: any TarStream) { self.stream = stream }

    func read() -> UnsafeRawBufferPointer? {
        do {
            let piece = try stream.next(returning: holdsPiece)
            holdsPiece = piece != nil
            return piece ?? UnsafeRawBufferPointer(start: nil, count: 0)
        } catch {
            holdsPiece = false
            failure = error
            return nil
        }
    }
}

private func readArchive(
    _ archive: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ bytes: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> la_ssize_t {
    let source = Unmanaged<ArchiveSource>.fromOpaque(context!).takeUnretainedValue()
    guard let piece = source.read() else { return -1 }
    bytes!.pointee = piece.baseAddress
    return piece.count
}
