import LinuxSystem

/// Open folders by path: archives name the entries of a folder one after another, so each is walked to once.
///
/// Nothing has to be remembered of a folder that is closed: its time is put right when it leaves the cache, and read
/// again when it comes back.
final class FolderCache {
    private struct Slot {
        var folder: OpenFolder
        var used: UInt64
    }

    private static let capacity = 64
    private static let opaque = BytePath("trusted.overlay.opaque")

    let root: OpenFolder
    /// Whether an entry has said the root's owner and mode.
    var rootIsDescribed = false
    /// Folders that entries are in, and that no entry has described when they were made.
    private(set) var implied: [BytePath] = []
    private var impliedBytes = 0
    /// Nil for files: what is made in a folder changes its time, as always.
    private let form: LayerForm?
    private let limits: LayerLimits
    private var slots: [BytePath: Slot] = [:]
    private var last: (path: BytePath, folder: OpenFolder)?
    private var clock: UInt64 = 0
    private var flushes = 0

    init(root: CInt, form: LayerForm?, limits: LayerLimits) throws(SystemError) {
        self.root = try OpenFolder(beneath: root, BytePath(""), .strict)
        self.form = form
        self.limits = limits
    }

    /// Changes something in the folder at a path, which in a layer keeps its time of modification.
    func change(_ path: BytePath, _ body: (OpenFolder) throws -> Void) throws {
        let folder = try folder(path)
        let before = flushes
        if form != nil { folder.willChange() }
        try body(folder)
        // Out of the cache before its last change: nothing else would put its time right.
        if form != nil, flushes != before {
            folder.willChange()
            try folder.restoreTime()
        }
    }

    /// The folder at a path, made with those above it where they are missing.
    func folder(_ path: BytePath) throws -> OpenFolder {
        do throws(SystemError) {
            return try existingFolder(path)
        } catch {
            guard error.errno == .noEntry || error.errno == .notDirectory else { throw error }
        }
        return try makeFolders(path)
    }

    /// The folder at a path. Links on the way are followed as in a chroot, by the kernel.
    func existingFolder(_ path: BytePath) throws(SystemError) -> OpenFolder {
        if path.isEmpty { return root }
        if let last, last.path == path { return last.folder }
        if let found = slots[path]?.folder {
            clock += 1
            slots[path]!.used = clock
            last = (path, found)
            return found
        }
        let opened = try OpenFolder(beneath: root.raw, path, .likeChroot)
        return try insert(opened, at: path)
    }

    /// Caches a folder.
    ///
    /// - Returns: the one to use: the same folder may be open already, reached by another path.
    @discardableResult
    func insert(_ opened: OpenFolder, at path: BytePath) throws(SystemError) -> OpenFolder {
        let folder =
            opened.inode == root.inode ? root : slots.values.first { $0.folder.inode == opened.inode }?.folder ?? opened
        if slots.count >= Self.capacity, let oldest = slots.min(by: { $0.value.used < $1.value.used })?.key {
            try slots.removeValue(forKey: oldest)?.folder.restoreTime()
        }
        clock += 1
        slots[path] = Slot(folder: folder, used: clock)
        last = (path, folder)
        return folder
    }

    /// Puts all times right and closes all folders.
    func flush() throws(SystemError) {
        for slot in slots.values { try slot.folder.restoreTime() }
        slots.removeAll(keepingCapacity: true)
        last = nil
        flushes += 1
        try root.restoreTime()
    }

    static func setOpaque(_ folder: CInt) throws(SystemError) { try ExtendedAttributes.set(folder, opaque, "y") }

    /// Walks down from the root, making what is missing: without recursion, as a path can have two thousand folders.
    private func makeFolders(_ path: BytePath) throws -> OpenFolder {
        var current = root
        var prefix = BytePath("")
        for component in path.bytes.split(separator: 0x2f) {
            let name = BytePath(component)!
            prefix = prefix.appending(name)
            let missing: Errno
            do throws(SystemError) {
                current = try existingFolder(prefix)
                continue
            } catch {
                missing = error.errno
                guard missing == .noEntry || missing == .notDirectory else { throw error }
            }
            if missing == .notDirectory { try removeWhiteout(current, name, prefix) }
            current = try makeImplied(current, name, prefix, opaque: missing == .notDirectory)
        }
        return current
    }

    /// A folder takes the place of a whiteout of this layer, and of nothing else that is no folder.
    private func removeWhiteout(_ folder: OpenFolder, _ name: BytePath, _ path: BytePath) throws {
        guard form == .overlay, try DirectoryEntry.status(folder.raw, name).isOverlayWhiteout else {
            throw LayerError(.refused, "\"\(path)\" is not a folder")
        }
        try DirectoryEntry.unlink(folder.raw, name)
    }

    private func makeImplied(
        _ parent: OpenFolder, _ name: BytePath, _ path: BytePath, opaque: Bool
    ) throws -> OpenFolder {
        impliedBytes += path.count
        guard implied.count < limits.entries, impliedBytes <= limits.impliedFolderBytes else {
            throw LayerError(.tooLarge, "too many folders without an entry of their own")
        }
        if form != nil { parent.willChange() }
        let isNew = try succeeds(unless: .exists) { () throws(SystemError) in
            try DirectoryEntry.makeFolder(parent.raw, name, mode: 0o755)
        }
        guard isNew else { throw LayerError(.refused, "\"\(path)\" is a symbolic link that leads nowhere") }
        let made = try OpenFolder(in: parent.raw, name)
        // The umask does not apply to what the mode of an archive would have been.
        try OpenFile.setMode(made.raw, 0o755)
        if opaque { try Self.setOpaque(made.raw) } else { implied.append(path) }
        return try insert(made, at: path)
    }
}
