import Archive
import LinuxSystem

/// One thing that a container's layer changes.
struct LayerChange {
    enum Kind: UInt8 {
        case added = 0x41  // A
        case changed = 0x43  // C
        case deleted = 0x44  // D
    }

    var kind: Kind
    /// From the layer's root, without a slash before it.
    var path: BytePath
    /// The open folder of the upper tree that it is in, and its name; the whiteout's for what is deleted.
    var folder: CInt
    var name: BytePath
    /// A folder of which nothing is seen that is below.
    var isOpaque = false
    /// A deletion that the folder above says already.
    var isImplied = false
}

/// What an upper folder in overlay's form (overlay(5)) changes of the tree below it.
///
/// Folders that only hold something changed are changes themselves, as their entries are needed; those that were copied
/// up and hold nothing changed any more are not.
final class OverlayComparison {
    private static let opaque = BytePath("trusted.overlay.opaque")
    private static let redirect = BytePath("trusted.overlay.redirect")

    /// A folder on the way down whose entry waits for something in it that is a change.
    private struct Pending {
        var change: LayerChange
        /// Keeps the change's folder open.
        var holder: SharedDescriptor
    }

    private let lower: SharedDescriptor?
    private let hidden: Set<BytePath>
    private let visit: (LayerChange) throws -> Void
    private var pending: [Pending] = []
    private var opaqueFolders: [BytePath] = []

    /// - Parameters:
    ///   - lower: root of all that is below, nil when nothing is.
    ///   - hidden: paths of empty files and folders that are there to be mounted on.
    ///   - visit: is given each change, a folder before what is in it, names in the order of their bytes.
    init(lower: SharedDescriptor?, hidden: Set<BytePath>, visit: @escaping (LayerChange) throws -> Void) {
        self.lower = lower
        self.hidden = hidden
        self.visit = visit
    }

    func run(upper: CInt) throws {
        if try lower.map({ try !Self.isSame(upper, root: $0) }) ?? true {
            try visit(LayerChange(kind: .changed, path: BytePath(""), folder: upper, name: BytePath(".")))
        }
        try TreeWalk.visit(upper, path: BytePath("")) { folder, name, path in try compare(folder, name, path) }
    }

    /// A mount that is attached nowhere is only a place (O_PATH), of which no attributes can be read.
    private static func isSame(_ upper: CInt, root: SharedDescriptor) throws -> Bool {
        let folder = try DirectoryEntry.openFolder(root.raw, BytePath(""))
        return try FolderState.isSame(upper, folder.raw)
    }

    // MARK: Entries

    /// - Returns: whether to go into it.
    private func compare(_ folder: CInt, _ name: BytePath, _ path: BytePath) throws -> Bool {
        leave(for: path)
        let status = try DirectoryEntry.status(folder, name)
        let below = try openBelow(path)
        if status.isOverlayWhiteout {
            if below != nil { try report(LayerChange(kind: .deleted, path: path, folder: folder, name: name)) }
            return false
        }
        guard !name.hasPrefix(".wh.") else {
            throw LayerError(
                .refused, "a layer has no name that begins with \".wh.\": to others it says that something is gone",
                entry: path.description)
        }
        if below == nil, hidden.contains(path), try Self.isEmpty(folder, name, status) { return false }
        let change = LayerChange(kind: below == nil ? .added : .changed, path: path, folder: folder, name: name)
        guard status.type == .directory else {
            try report(change)
            return false
        }
        try compareFolder(change, below: try below.flatMap(Self.folder))
        return true
    }

    private func compareFolder(_ change: LayerChange, below: SharedDescriptor?) throws {
        let child = try DirectoryEntry.openChildFolder(change.folder, change.name)
        guard try ExtendedAttributes.get(child.raw, Self.redirect) == nil else {
            throw LayerError(.refused, "a renamed folder of the layers below", entry: change.path.description)
        }
        // In a folder that hides what is below everything is written, and nothing more has to be hidden.
        guard let below, opaqueFolders.isEmpty else { return try report(change) }
        if try ExtendedAttributes.get(child.raw, Self.opaque) == [0x79] {  // y
            try reportOpaque(change, child.raw, below: below.raw)
        } else if try FolderState.isSame(child.raw, below.raw) {
            let holder = try DirectoryEntry.openFolder(change.folder, BytePath("")).shared()
            var change = change
            change.folder = holder.raw
            pending.append(Pending(change: change, holder: holder))
        } else {
            try report(change)
        }
    }

    private func reportOpaque(_ change: LayerChange, _ folder: CInt, below: CInt) throws {
        var change = change
        change.isOpaque = true
        opaqueFolders.append(change.path)
        try report(change)
        let kept = Set(try TreeWalk.names(in: folder))
        for name in try TreeWalk.names(in: below) where !kept.contains(name) {
            var gone = LayerChange(kind: .deleted, path: change.path.appending(name), folder: folder, name: name)
            gone.isImplied = true
            try report(gone)
        }
    }

    private func report(_ change: LayerChange) throws {
        for folder in pending { try visit(folder.change) }
        pending = []
        try visit(change)
    }

    /// Forgets folders that the walk has left: nothing in them was a change.
    private func leave(for path: BytePath) {
        pending.removeAll { !path.isBeneath($0.change.path) }
        opaqueFolders.removeAll { !path.isBeneath($0) }
    }

    // MARK: Below

    /// - Returns: nil for what is not there.
    private func openBelow(_ path: BytePath) throws(SystemError) -> SharedDescriptor? {
        guard let lower else { return nil }
        do {
            let place = try DirectoryEntry.openPlace(lower.raw, path, .strict, following: false).shared()
            return try OpenFile.status(place.raw).isOverlayWhiteout ? nil : place
        } catch {
            guard [.noEntry, .notDirectory, .tooManyLinks].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// - Returns: nil for what is no folder.
    private static func folder(_ place: SharedDescriptor) throws(SystemError) -> SharedDescriptor? {
        guard try OpenFile.status(place.raw).type == .directory else { return nil }
        return try DirectoryEntry.openFolder(place.raw, BytePath("")).shared()
    }

    private static func isEmpty(_ folder: CInt, _ name: BytePath, _ status: FileStatus) throws(SystemError) -> Bool {
        guard status.type == .directory else { return status.type == .regular && status.size == 0 }
        let child = try DirectoryEntry.openChildFolder(folder, name)
        var stream = try DirectoryStream(child.raw)
        return try stream.next() == nil
    }
}

/// What an entry says of a folder but for its time, which changes with what is in it.
private enum FolderState {
    static func isSame(_ one: CInt, _ other: CInt) throws(SystemError) -> Bool {
        let (first, second) = (try OpenFile.status(one), try OpenFile.status(other))
        guard (first.mode, first.user, first.group) == (second.mode, second.user, second.group) else { return false }
        let (own, below) = (try EntryPacker.attributes(of: one), try EntryPacker.attributes(of: other))
        return own.elementsEqual(below) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension BytePath {
    /// Whether this path is that of something in a folder, at whatever depth.
    fileprivate func isBeneath(_ folder: BytePath) -> Bool {
        count > folder.count && bytes.starts(with: folder.bytes) && bytes.dropFirst(folder.count).first == 0x2f
    }
}
