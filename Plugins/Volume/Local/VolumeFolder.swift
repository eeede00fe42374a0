import BerthAPI
import JSON
import LinuxSystem

/// What `volume.json` says of a volume, from its making on.
struct VolumeRecord: Codable, Equatable, Sendable {
    var options: [String: String]
    var labels: [String: String]
    var createdAt: Timestamp
}

/// The volumes on disk:
///
///     <state>/volumes/<name>/
///       _data          the content
///       volume.json    `VolumeRecord`
///       uses.json      containers that have it mounted
///     <state>/volumes/.new-<name>      being made
///     <state>/volumes/.trash-<number>  being removed
struct VolumeFolder: Sendable {
    static let dataName = "_data"
    private static let recordName = "volume.json"
    private static let usesName = "uses.json"
    private static let recordLimit = 1 << 20

    private let folder: Folder

    init(root: String) throws {
        folder = try Folder.open(root + "/volumes", creating: true)
        for name in try folder.names() where name.hasPrefix(".") {
            try TreeRemover.remove(folder.raw, BytePath(name))
        }
    }

    func path(of volume: String) -> String { "\(folder.path)/\(volume)/\(Self.dataName)" }

    func names() throws -> [String] { try folder.names().filter { !$0.hasPrefix(".") } }

    func openData(_ volume: String) throws -> SharedDescriptor {
        let parent = try folder.folder(volume)
        // The number is the folder's own: it must not close before the call.
        return try withExtendedLifetime(parent) {
            try DirectoryEntry.openChildFolder(parent.raw, BytePath(Self.dataName)).shared()
        }
    }

    /// Makes a volume, which is there whole or not at all.
    func make(_ volume: String, _ record: VolumeRecord) throws {
        let temporary = ".new-" + volume
        try TreeRemover.remove(folder.raw, BytePath(temporary))
        let new = try folder.folder(temporary, creating: true)
        try DirectoryEntry.makeFolder(new.raw, BytePath(Self.dataName), mode: 0o755)
        // The umask takes bits away; users of the container's own reach the content through this mode.
        try DirectoryEntry.setMode(new.raw, BytePath(Self.dataName), 0o755)
        try new.replace(Self.recordName, with: try JSON(encoding: record).serialized())
        try folder.rename(temporary, to: volume)
        try folder.synchronize()
    }

    /// Takes a volume away from its name at once.
    ///
    /// - Returns: what is to be given to `empty`.
    func discard(_ volume: String) throws -> String {
        let trash = ".trash-\(UInt64.random(in: 0...UInt64.max))"
        try folder.rename(volume, to: trash)
        return trash
    }

    func empty(_ trash: String) throws { try TreeRemover.remove(folder.raw, BytePath(trash)) }

    func readRecord(_ volume: String) throws -> VolumeRecord { try read(Self.recordName, of: volume) }

    /// Containers that use a volume; none when it was never said.
    func readUses(_ volume: String) throws -> Set<String> {
        guard try folder.folder(volume).size(of: Self.usesName) != nil else { return [] }
        return try read(Self.usesName, of: volume)
    }

    /// After a loss of power no container runs: the file need not be on the disk at once.
    func writeUses(_ uses: Set<String>, of volume: String) throws {
        let bytes = try JSON(encoding: uses.sorted()).serialized()
        try writeFile("\(folder.path)/\(volume)/\(Self.usesName)", bytes, durable: false)
    }

    private func read<Value: Decodable>(_ name: String, of volume: String) throws -> Value {
        let file = try folder.folder(volume).open(name, .read)
        return try JSON(parsing: try RegularFile.readAll(file.raw, limit: Self.recordLimit)).decode(Value.self)
    }
}
