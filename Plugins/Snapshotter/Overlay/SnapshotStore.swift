import BerthAPI
import JSON
import LinuxSystem
import PluginKit

/// The snapshots' folders.
///
///     <state>/
///       lock                   held while a process serves this state
///       snapshots/<number>/
///         fs/                  the snapshot's own content, in overlay's form
///         work/                overlay's work folder; active snapshots only
///         snapshot.json        key, kind, parent, labels, time: SnapshotInfo
///         layer                there once a layer is being unpacked; empty until it is complete, see `LayerMark`
///       new/<number>/          being made; a leftover after a crash
///       trash/<number>-<…>/    removed, being freed
///       lost/<number>/         found at the start without a readable record: kept for the administrator
///
/// A folder comes into `snapshots` complete, by one rename, and leaves it by one: a process that is killed leaves
/// nothing half there. Records are replaced by rename.
final class SnapshotStore: Sendable {
    static let record = BytePath("snapshot.json")
    static let content = BytePath("fs")
    static let work = BytePath("work")

    let root: String
    let trash: Trash
    private let lock: InstanceLock
    private let folder: SharedDescriptor
    private let snapshots: SharedDescriptor
    private let new: SharedDescriptor
    private let lost: SharedDescriptor

    init(root: String) throws {
        self.root = root
        let directory = try DirectoryEntry.openAbsolute(BytePath(root)).shared()
        do {
            lock = try InstanceLock(path: "\(root)/lock")
        } catch {
            guard error.errno == .wouldBlock else { throw error }
            throw BerthError(.unavailable, "another process serves the snapshots in \(root)")
        }
        func open(_ name: String) throws(SystemError) -> SharedDescriptor {
            let name = BytePath(name)
            _ = try succeeds(unless: .exists) { () throws(SystemError) in
                try DirectoryEntry.makeFolder(directory.raw, name, mode: 0o700)
            }
            return try DirectoryEntry.openChildFolder(directory.raw, name).shared()
        }
        folder = directory
        snapshots = try open("snapshots")
        new = try open("new")
        lost = try open("lost")
        trash = Trash(try open("trash"))
    }

    /// The absolute path of a part of a snapshot.
    func path(_ snapshot: Snapshot, _ part: BytePath) -> String { "\(root)/snapshots/\(snapshot.number)/\(part)" }

    func open(_ snapshot: Snapshot) throws(SystemError) -> SnapshotFolder {
        try SnapshotFolder(DirectoryEntry.openChildFolder(snapshots.raw, name(snapshot.number)))
    }

    /// Whether the folder is there still.
    func hasContent(of snapshot: Snapshot) throws(SystemError) -> Bool {
        let snapshots = snapshots
        return try succeeds(unless: .noEntry) { () throws(SystemError) in
            _ = try DirectoryEntry.status(snapshots.raw, BytePath("\(snapshot.number)/\(Self.content)"))
        }
    }

    /// Makes a snapshot's folder.
    ///
    /// - Parameter parent: whose root's owner, mode and attributes the new one gets: in an overlay it hides it.
    func create(_ snapshot: Snapshot, parent: Snapshot?) throws {
        let name = name(snapshot.number)
        do {
            try DirectoryEntry.makeFolder(new.raw, name, mode: 0o700)
            let made = try SnapshotFolder(DirectoryEntry.openChildFolder(new.raw, name))
            let content = try made.makeContent()
            if let parent {
                let source = try open(parent).content()
                try FolderAttributes.copy(from: source.raw, to: content.raw)
            }
            if snapshot.info.kind == .active { try DirectoryEntry.makeFolder(made.raw, Self.work, mode: 0o700) }
            try made.writeRecord(snapshot.info, durable: false)
            try DirectoryEntry.rename(new.raw, name, to: snapshots.raw, name, replacing: false)
        } catch {
            // The first error is the one to tell; what stays in `new` goes at the next start.
            _ = try? trash.take(new.raw, name)
            trash.emptySoon()
            throw error
        }
    }

    /// Takes a snapshot's folder away; its space is freed in the background.
    func discard(_ snapshot: Snapshot) throws(SystemError) {
        _ = try succeeds(unless: .noEntry) { () throws(SystemError) in
            try trash.take(snapshots.raw, name(snapshot.number))
        }
        trash.emptySoon()
    }

    // MARK: The start

    /// Reads all records, and clears away what an earlier process left.
    func load() throws -> SnapshotIndex {
        var index = SnapshotIndex()
        for entry in try Self.names(new.raw) {
            try trash.take(new.raw, entry)
        }
        for entry in try Self.names(snapshots.raw) {
            guard let number = Int(entry.description) else { continue }
            index.skipNumbers(upTo: number)
            do {
                let info = try SnapshotFolder(DirectoryEntry.openChildFolder(snapshots.raw, entry)).readRecord()
                guard index.find(info.key) == nil else {
                    throw BerthError(.corrupted, "a second snapshot \(info.key)")
                }
                index.load(Snapshot(number: number, info: info))
            } catch {
                try putAside(entry, error)
            }
        }
        // Numbers are never used twice while something has them.
        for entry in try Self.names(lost.raw) { index.skipNumbers(upTo: Int(entry.description) ?? 0) }
        trash.emptySoon()
        return index
    }

    /// A loss of power can take a record that was just written. What is in the folder may matter to somebody.
    private func putAside(_ entry: BytePath, _ error: any Error) throws {
        PluginLog.warning(
            "a snapshot's record cannot be read; its folder is kept in \(root)/lost",
            [("folder", JSON(entry.description)), ("error", JSON("\(error)"))])
        try DirectoryEntry.rename(snapshots.raw, entry, to: lost.raw, entry, replacing: false)
    }

    private func name(_ number: Int) -> BytePath { BytePath(String(number)) }

    private static func names(_ folder: CInt) throws(SystemError) -> [BytePath] {
        var names: [BytePath] = []
        var stream = try DirectoryStream(folder)
        while let entry = try stream.next() { names.append(entry.name) }
        return names
    }
}
