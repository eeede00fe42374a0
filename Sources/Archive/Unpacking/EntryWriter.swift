import LinuxSystem

/// Makes entries beneath a root, one after another.
package final class EntryWriter {
    /// Nil for files that are copied into a tree: no name is a whiteout, no folder is lost.
    let form: LayerForm?
    let owner: FileOwner
    /// The folder beneath the root that the entries are for.
    private let base: BytePath
    let limits: LayerLimits
    let folders: FolderCache
    package private(set) var entries = 0
    package private(set) var unpackedSize: Int64 = 0
    package var skippedAttributes = 0
    /// Plain form: inodes that this layer made, which its whiteouts do not concern.
    private var own: Set<UInt64> = []

    package convenience init(root: CInt, form: LayerForm, limits: LayerLimits) throws(LayerError) {
        try self.init(root, form: form, base: BytePath(""), owner: .archived, limits)
    }

    /// For files that are copied into the folder at `base`; links on the way to it and in it mean what they mean to a
    /// process whose root is `root`.
    package convenience init(
        root: CInt, base: BytePath, owner: FileOwner, limits: LayerLimits
    ) throws(LayerError) {
        try self.init(root, form: nil, base: base, owner: owner, limits)
    }

    private init(
        _ root: CInt, form: LayerForm?, base: BytePath, owner: FileOwner, _ limits: LayerLimits
    ) throws(LayerError) {
        self.form = form
        self.owner = owner
        self.base = base
        self.limits = limits
        do {
            folders = try FolderCache(root: root, form: form, limits: limits)
        } catch {
            throw LayerError(error, entry: nil)
        }
    }

    package func write(_ entry: TarEntry, named name: BytePath, from reader: TarReader) throws {
        entries += 1
        guard entries + folders.implied.count <= limits.entries else {
            throw LayerError(.tooLarge, "the layer has more than \(limits.entries) entries")
        }
        var path = try EntryPath(name, limits: limits)
        if form == nil {
            // The folder itself is whose it was.
            if path.name.isEmpty { return }
            path = path.beneath(base)
        } else if let mark = try WhiteoutMark(path) {
            return try apply(mark, in: path.folder)
        }
        guard let kind = entry.kind else { throw LayerError(.refused, "not a type of file that a layer can hold") }
        let attributes = try EntryAttributes(entry, owner: owner)
        if path.name.isEmpty {
            guard kind == .directory else { throw LayerError(.refused, "the layer's root is not a folder") }
            folders.rootIsDescribed = true
            return try setAttributes(of: folders.root, attributes, entry)
        }
        try folders.change(path.folder) { folder in try make(kind, entry, attributes, folder, path, from: reader) }
    }

    /// Folders that no entry described; the root is the empty path.
    package var impliedFolders: [BytePath] { (folders.rootIsDescribed ? [] : [BytePath("")]) + folders.implied }

    /// Puts the folders' times back to what their entries said.
    package func finish() throws(SystemError) { try folders.flush() }

    // MARK: Kinds of entries

    private func make(
        _ kind: TarEntry.Kind, _ entry: TarEntry, _ attributes: EntryAttributes, _ folder: OpenFolder,
        _ path: EntryPath, from reader: TarReader
    ) throws {
        switch kind {
        case .regular: try writeFile(entry, attributes, folder, path.name, from: reader)
        case .directory: try makeFolder(entry, attributes, folder, path)
        case .symbolicLink: try makeLink(entry, attributes, folder, path.name)
        case .hardLink: try linkFile(entry, folder, path.name)
        case .device(let type): try makeNode(type, entry, attributes, folder, path.name)
        }
    }

    private func writeFile(
        _ entry: TarEntry, _ attributes: EntryAttributes, _ folder: OpenFolder, _ name: BytePath,
        from reader: TarReader
    ) throws {
        let size = entry.size
        guard size >= 0, size <= limits.unpackedSize - unpackedSize else {
            throw LayerError(.tooLarge, "the layer's files have more than \(limits.unpackedSize) bytes")
        }
        unpackedSize += size
        let file = try createFile(folder, name)
        let raw = file.raw
        if size > 0 { try copyContent(of: reader, to: raw, size: size) }
        if let (user, group) = attributes.owner { try OpenFile.setOwner(raw, user: user, group: group) }
        try OpenFile.setMode(raw, attributes.mode)
        try setExtendedAttributes(of: entry) { key, value throws(SystemError) in
            try ExtendedAttributes.set(raw, key, value)
        }
        try OpenFile.setTime(raw, attributes.modified)
        try remember(raw)
    }

    private func createFile(_ folder: OpenFolder, _ name: BytePath) throws -> Descriptor {
        do throws(SystemError) {
            return try DirectoryEntry.createFile(folder.raw, name)
        } catch {
            guard error.errno == .exists else { throw error }
        }
        try remove(folder, name)
        return try DirectoryEntry.createFile(folder.raw, name)
    }

    private func copyContent(of reader: TarReader, to file: CInt, size: Int64) throws {
        var end: Int64 = 0
        while let piece = try reader.nextData() {
            guard piece.offset >= 0, piece.offset <= size - Int64(piece.bytes.count) else {
                throw LayerError(.damaged, "content beyond the size of \(size) bytes that its header says")
            }
            try RegularFile.write(file, piece.bytes, at: piece.offset)
            end = max(end, piece.offset + Int64(piece.bytes.count))
        }
        // What is left is the hole at the end of a sparse file.
        if end < size { try RegularFile.truncate(file, to: size) }
    }

    private func makeFolder(
        _ entry: TarEntry, _ attributes: EntryAttributes, _ folder: OpenFolder, _ path: EntryPath
    ) throws {
        var made = try succeeds(unless: .exists) { () throws(SystemError) in
            try DirectoryEntry.makeFolder(folder.raw, path.name, mode: 0o700)
        }
        if !made { made = try replaceByFolder(folder, path.name) }
        let child = try folders.insert(OpenFolder(in: folder.raw, path.name), at: path.full)
        // A folder that was there stays as it is when something is copied into it, unless owners are to be the source's.
        if form != nil || made || owner == .archived { try setAttributes(of: child, attributes, entry) }
        if made { try remember(child.raw) }
    }

    private func makeLink(
        _ entry: TarEntry, _ attributes: EntryAttributes, _ folder: OpenFolder, _ name: BytePath
    ) throws {
        guard let target = entry.target, !target.isEmpty, target.count < limits.pathLength else {
            throw LayerError(.refused, "a symbolic link without a target, or with one that is too long")
        }
        try replacing(folder, name) { () throws(SystemError) in
            try DirectoryEntry.makeLink(folder.raw, name, to: target)
        }
        try finishNode(entry, attributes, folder, name)
    }

    /// The target is an entry's name: found beneath the root as that entry was, itself never followed.
    private func linkFile(_ entry: TarEntry, _ folder: OpenFolder, _ name: BytePath) throws {
        guard let target = entry.target else { throw LayerError(.refused, "a hard link without a target") }
        let path: EntryPath
        do {
            let named = try EntryPath(target, limits: limits)
            path = form == nil ? named.beneath(base) : named
        } catch {
            throw LayerError(.refused, "hard link to \"\(target)\": \(error.reason)")
        }
        let source: OpenFolder
        do {
            source = try folders.existingFolder(path.folder)
            let status = try DirectoryEntry.status(source.raw, path.name)
            guard status.type != .directory else {
                throw LayerError(.refused, "hard link to \"\(target)\", which is a folder")
            }
            // Linking a name to itself would remove it first.
            if try isSame(status, folder, name) { return }
        } catch let error as SystemError {
            throw LayerError(.refused, "hard link to \"\(target)\": \(error.errno); it must be an earlier entry")
        }
        try replacing(folder, name) { () throws(SystemError) in
            try DirectoryEntry.linkFile(from: source.raw, path.name, to: folder.raw, name)
        }
    }

    private func makeNode(
        _ type: FileType, _ entry: TarEntry, _ attributes: EntryAttributes, _ folder: OpenFolder, _ name: BytePath
    ) throws {
        let (major, minor) = entry.device
        // The numbers that Linux has: 12 and 20 bits.
        guard major < 1 << 12, minor < 1 << 20 else {
            throw LayerError(.refused, "device \(major):\(minor) does not exist on Linux")
        }
        let isDevice = type != .fifo
        try replacing(folder, name) { () throws(SystemError) in
            try DirectoryEntry.makeNode(
                folder.raw, name, type, mode: 0o600, major: isDevice ? UInt32(major) : 0,
                minor: isDevice ? UInt32(minor) : 0)
        }
        try setOwner(attributes, folder, name)
        try DirectoryEntry.setMode(folder.raw, name, attributes.mode)
        try finishNode(entry, attributes, folder, name)
    }

    // MARK: What this layer made

    /// Remembers an inode of this layer, where whiteouts have to tell it from those of the layers below.
    func remember(_ file: CInt) throws(SystemError) {
        if form == .plain { own.insert(try OpenFile.status(file).inode) }
    }

    func remember(_ folder: OpenFolder, _ name: BytePath) throws(SystemError) {
        if form == .plain { own.insert(try DirectoryEntry.status(folder.raw, name).inode) }
    }

    func isOwn(_ status: FileStatus) -> Bool { own.contains(status.inode) }
    func forget(_ status: FileStatus) { own.remove(status.inode) }

    private func isSame(_ status: FileStatus, _ folder: OpenFolder, _ name: BytePath) throws(SystemError) -> Bool {
        var found: FileStatus?
        _ = try succeeds(unless: .noEntry) { () throws(SystemError) in
            found = try DirectoryEntry.status(folder.raw, name)
        }
        return found?.inode == status.inode
    }
}
