import BerthAPI
import JSON
import LinuxSystem

/// A snapshot as its folder has it.
struct Snapshot: Codable, Sendable {
    var info: SnapshotInfo
    /// Name of its folder.
    var id: String
    /// A layer was unpacked into it, perhaps not to its end.
    var isLayered = false
}

/// Snapshots on disk:
///
///     <state>/snapshots/<id>/record.json    what it is
///     <state>/snapshots/<id>/content/       the tree; a view shows its parent's
///     <state>/new/<id>/                     being made
///     <state>/trash/<id>/                   being removed
struct SnapshotStore: Sendable {
    private let snapshots: Folder
    private let new: Folder
    private let trash: Folder

    init(root: String) throws {
        snapshots = try Folder.open(root + "/snapshots", creating: true)
        new = try Folder.open(root + "/new", creating: true)
        trash = try Folder.open(root + "/trash", creating: true)
        for folder in [new, trash] { try Self.empty(folder) }
    }

    func load() throws -> [String: Snapshot] {
        var found: [String: Snapshot] = [:]
        for name in try snapshots.names() {
            let record = try JSON(parsing: try readFile("\(snapshots.path)/\(name)/record.json"))
            let snapshot = try record.decode(Snapshot.self)
            found[snapshot.info.key] = snapshot
        }
        return found
    }

    static func freshName() -> String { String(UInt64.random(in: 0...UInt64.max), radix: 16) }

    // MARK: Making

    /// Whole at once: what a crash leaves is in `new`.
    func create(_ snapshot: Snapshot, parent: Snapshot?) throws {
        let folder = try new.folder(snapshot.id, creating: true)
        do {
            try fill(folder, snapshot, parent: parent)
            try write(snapshot, in: folder)
            try new.rename(snapshot.id, to: snapshot.id, in: snapshots)
            try snapshots.synchronize()
        } catch {
            try TreeRemover.remove(new.raw, BytePath(snapshot.id))
            throw error
        }
    }

    /// Gives a snapshot the content that it had when it was made.
    func reset(_ snapshot: Snapshot, parent: Snapshot?) throws {
        let folder = try snapshots.folder(snapshot.id)
        try TreeRemover.remove(folder.raw, BytePath("content"))
        try fill(folder, snapshot, parent: parent)
    }

    private func fill(_ folder: Folder, _ snapshot: Snapshot, parent: Snapshot?) throws {
        let content = try folder.folder("content", creating: true)
        try OpenFile.setMode(content.raw, 0o755)
        if let parent, snapshot.info.kind == .active {
            try withContent(of: parent) { below in
                try withExtendedLifetime(content) { try FolderCopy.fillIfEmpty(content.raw, from: below) }
            }
        }
    }

    func write(_ snapshot: Snapshot) throws { try write(snapshot, in: try snapshots.folder(snapshot.id)) }

    private func write(_ snapshot: Snapshot, in folder: Folder) throws {
        try folder.replace("record.json", with: try JSON(encoding: snapshot).serialized())
    }

    // MARK: Content

    /// Opens a snapshot's content for as long as `body` runs.
    func withContent<R>(of snapshot: Snapshot, _ body: (CInt) throws -> R) throws -> R {
        let content = try snapshots.folder(snapshot.id).folder("content")
        return try withExtendedLifetime(content) { try body(content.raw) }
    }

    func contentPath(of snapshot: Snapshot) -> String { "\(snapshots.path)/\(snapshot.id)/content" }

    /// Brings what containers wrote to the disk.
    func synchronize() throws { try OpenFile.synchronizeFileSystem(snapshots.raw) }

    // MARK: Removing

    /// It is gone at once, and freed then.
    func discard(_ snapshot: Snapshot) throws {
        try snapshots.rename(snapshot.id, to: snapshot.id, in: trash)
        try snapshots.synchronize()
        try TreeRemover.remove(trash.raw, BytePath(snapshot.id))
    }

    /// Frees what could not be freed before.
    func cleanup() throws -> Int { try Self.empty(trash) }

    @discardableResult
    private static func empty(_ folder: Folder) throws -> Int {
        let names = try folder.names()
        for name in names { try TreeRemover.remove(folder.raw, BytePath(name)) }
        return names.count
    }
}
