import BerthAPI
import JSON
import LinuxSystem

/// Records on disk, one JSON file each, in a folder. A file that does not decode is kept aside, not deleted.
struct RecordStore<Record: Codable & Sendable>: Sendable {
    private static var limit: Int { 16 << 20 }

    private let folder: Folder

    init(_ path: String) throws {
        folder = try Folder.open(path, creating: true)
    }

    func save(_ record: Record, as name: String) throws {
        try folder.replace(name + ".json", with: JSON(encoding: record).serialized())
    }

    func remove(_ name: String) throws {
        if try folder.remove(name + ".json") { try folder.synchronize() }
    }

    /// All records, and the names of files that hold none.
    func load() throws -> (records: [Record], damaged: [String]) {
        var records: [Record] = []
        var damaged: [String] = []
        for name in try folder.names() where name.hasSuffix(".json") && !name.hasPrefix(".") {
            let bytes = try folder.contents(of: name, limit: Self.limit)
            do {
                records.append(try JSON(parsing: bytes).decode(Record.self))
            } catch {
                try folder.rename(name, to: name + ".damaged")
                damaged.append(name)
            }
        }
        return (records, damaged)
    }
}

/// Small texts in a folder, read and replaced as a whole.
struct NoteStore: Sendable {
    private let folder: Folder

    init(_ path: String) throws {
        folder = try Folder.open(path, creating: true)
    }

    func read(_ name: String) throws -> String? {
        guard try folder.size(of: name) != nil else { return nil }
        return String(decoding: try folder.contents(of: name, limit: 64), as: UTF8.self)
    }

    func write(_ name: String, _ text: String) throws { try folder.replace(name, with: Array(text.utf8)) }

    func remove(_ name: String) throws { try folder.remove(name) }
}

extension Folder {
    fileprivate func contents(of name: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(name, .read)
        return try RegularFile.readAll(file.raw, limit: limit)
    }
}
