import BerthAPI
import JSON
import Layers
import LinuxSystem

/// One snapshot's folder, held open.
struct SnapshotFolder: ~Copyable {
    private static let mark = BytePath("layer")

    private let descriptor: Descriptor

    var raw: CInt { descriptor.raw }

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    func content() throws(SystemError) -> Descriptor { try DirectoryEntry.openChildFolder(raw, SnapshotStore.content) }

    func makeContent() throws(SystemError) -> Descriptor {
        try DirectoryEntry.makeFolder(raw, SnapshotStore.content, mode: 0o755)
        let content = try content()
        try OpenFile.setMode(content.raw, 0o755)
        return content
    }

    // MARK: The record

    func readRecord() throws -> SnapshotInfo {
        guard let bytes = try read(SnapshotStore.record) else { throw BerthError(.corrupted, "there is no record") }
        return try JSON(parsing: bytes).decode(SnapshotInfo.self)
    }

    /// - Parameter durable: whether record and folder are brought to the disk first.
    func writeRecord(_ info: SnapshotInfo, durable: Bool) throws {
        try replace(SnapshotStore.record, with: try JSON(encoding: info).serialized(), durable: durable)
    }

    // MARK: The layer

    /// Begins to unpack a layer. What an interrupted or an earlier call unpacked goes first; content that came
    /// otherwise is in the way.
    func beginLayer(trash: Trash) throws {
        if try layerMark() == .none {
            let content = try content()
            var stream = try DirectoryStream(content.raw)
            guard try stream.next() == nil else {
                throw BerthError(
                    .failedPrecondition, "the snapshot has content already", hint: "unpack a layer into a new snapshot")
            }
        } else {
            try resetContent(trash: trash)
        }
        // The mark comes before the first entry: whoever finds content without it knows that no layer is involved.
        try replace(Self.mark, with: [], durable: false)
    }

    func finishLayer(implied: [BytePath]) throws {
        try replace(Self.mark, with: LayerMark.encode(implied), durable: false)
    }

    /// After a failure: no trace of the layer. The mark goes last.
    func abandonLayer(trash: Trash) throws {
        try resetContent(trash: trash)
        try DirectoryEntry.unlink(raw, Self.mark)
    }

    func layerMark() throws -> LayerMark { LayerMark(try read(Self.mark)) }

    /// The root's owner and mode come at the commit, where no entry of the layer sets them.
    private func resetContent(trash: Trash) throws(SystemError) {
        let raw = raw
        _ = try succeeds(unless: .noEntry) { () throws(SystemError) in try trash.take(raw, SnapshotStore.content) }
        _ = try makeContent()
        trash.emptySoon()
    }

    // MARK: Small files

    /// A file's content, nil when there is none.
    private func read(_ name: BytePath) throws(SystemError) -> [UInt8]? {
        let file: Descriptor
        do {
            file = try DirectoryEntry.openForReading(raw, name)
        } catch {
            guard error.errno == .noEntry else { throw error }
            return nil
        }
        return try RegularFile.readAll(file.raw, limit: 32 << 20)
    }

    /// Replaces a file: whoever reads it, after a crash too, finds the old content or the new.
    private func replace(_ name: BytePath, with bytes: [UInt8], durable: Bool) throws(SystemError) {
        let temporary = BytePath(".\(name).new")
        let raw = raw
        _ = try succeeds(unless: .noEntry) { () throws(SystemError) in try DirectoryEntry.unlink(raw, temporary) }
        let file = try DirectoryEntry.createFile(raw, temporary)
        try RegularFile.write(file.raw, bytes, at: 0)
        if durable { try OpenFile.synchronize(file.raw) }
        try DirectoryEntry.rename(raw, temporary, to: raw, name)
        if durable { try OpenFile.synchronize(raw) }
    }
}

/// What the file `layer` in a snapshot's folder says.
enum LayerMark: Equatable {
    /// No layer was unpacked here.
    case none
    /// One is being unpacked, or was when the process ended.
    case unfinished
    /// One was unpacked; the folders that it implied and did not describe.
    case finished(implied: [BytePath])

    private static let magic = Array("complete".utf8)

    init(_ bytes: [UInt8]?) {
        guard let bytes else {
            self = .none
            return
        }
        guard bytes.starts(with: Self.magic) else {
            self = .unfinished
            return
        }
        let names = bytes.dropFirst(Self.magic.count + 1)
        self = .finished(
            implied: names.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { BytePath($0)! })
    }

    /// The magic word and each name, all with a terminating zero.
    static func encode(_ implied: [BytePath]) -> [UInt8] {
        var bytes = magic + [0]
        for name in implied {
            bytes.append(contentsOf: name.bytes)
            bytes.append(0)
        }
        return bytes
    }
}
