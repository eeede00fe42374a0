import LinuxSystem

/// Whiteouts hide what the layers below have, never what this layer brings itself, in whatever order the two come.
extension EntryWriter {
    func apply(_ mark: WhiteoutMark, in path: BytePath) throws {
        if case .ignored = mark { return }
        guard let form else { return }
        try folders.change(path) { folder in
            switch (mark, form) {
            case (.whiteout(let name), .overlay): try markGone(folder, name)
            case (.whiteout(let name), .plain): try prune(folder, name)
            case (.opaque, .overlay): try FolderCache.setOpaque(folder.raw)
            case (.opaque, .plain): try pruneAll(folder)
            case (.ignored, _): break
            }
        }
    }

    private func markGone(_ folder: OpenFolder, _ name: BytePath) throws {
        let made = try succeeds(unless: .exists) { () throws(SystemError) in
            try DirectoryEntry.makeNode(folder.raw, name, .characterDevice, mode: 0)
        }
        // Of this layer: a file hides what is below by itself, a folder has to be told to.
        guard !made, try DirectoryEntry.status(folder.raw, name).type == .directory else { return }
        let child = try DirectoryEntry.openChildFolder(folder.raw, name)
        try FolderCache.setOpaque(child.raw)
    }

    private func pruneAll(_ folder: OpenFolder) throws {
        var names: [BytePath] = []
        var stream = try DirectoryStream(folder.raw)
        while let entry = try stream.next() { names.append(entry.name) }
        for name in names { try prune(folder, name) }
    }

    private func prune(_ folder: OpenFolder, _ name: BytePath) throws {
        let exists = try succeeds(unless: .noEntry) { () throws(SystemError) in
            try removeCached(DirectoryEntry.status(folder.raw, name))
        }
        if exists { _ = try pruneTree(folder.raw, name, depth: 0) }
    }

    /// Removes what this layer did not make; whether all of it is gone.
    private func pruneTree(_ folder: CInt, _ name: BytePath, depth: Int) throws -> Bool {
        let status = try DirectoryEntry.status(folder, name)
        guard status.type == .directory else {
            if isOwn(status) { return false }
            try DirectoryEntry.unlink(folder, name)
            return true
        }
        // One descriptor a level.
        guard depth < 200 else { throw LayerError(.refused, "a whiteout of more than 200 folders in each other") }
        let child = try OpenFolder(in: folder, name)
        var names: [BytePath] = []
        var stream = try DirectoryStream(child.raw)
        while let entry = try stream.next() { names.append(entry.name) }
        var all = true
        for name in names where try !pruneTree(child.raw, name, depth: depth + 1) { all = false }
        if all, !isOwn(status) {
            try DirectoryEntry.removeFolder(folder, name)
            return true
        }
        child.willChange()
        try child.restoreTime()
        return false
    }
}
