import LinuxSystem

/// Where an entry comes upon something of its name.
extension EntryWriter {
    /// Makes something that must not be there (EEXIST); what is there makes room once.
    func replacing(
        _ folder: OpenFolder, _ name: BytePath, _ make: () throws(SystemError) -> Void
    ) throws(SystemError) {
        do throws(SystemError) {
            return try make()
        } catch {
            guard error.errno == .exists else { throw error }
        }
        try remove(folder, name)
        try make()
    }

    /// Removes what an entry or a whiteout replaces.
    func remove(_ folder: OpenFolder, _ name: BytePath) throws(SystemError) {
        let status = try DirectoryEntry.status(folder.raw, name)
        // Whoever copies a file onto a folder did not mean to lose what is in it.
        if form == nil, status.type == .directory { throw SystemError(.isDirectory, "unlinkat", name.description) }
        // From another mount namespace than the container's the kernel would let it go, and the mount with it.
        if form == nil, try DirectoryEntry.isMountPoint(folder.raw, name) {
            throw SystemError(.busy, "unlinkat", name.description)
        }
        try removeCached(status)
        if status.type == .directory {
            try TreeRemover.remove(folder.raw, name)
        } else {
            try DirectoryEntry.unlink(folder.raw, name)
        }
        // Its inode number may be given to a new file; one with other names is still there.
        if status.links <= 1 { forget(status) }
    }

    /// Whether a folder can stay for an entry that is a folder; anything else makes room for one.
    ///
    /// - Returns: whether a new folder was made.
    func replaceByFolder(_ folder: OpenFolder, _ name: BytePath) throws -> Bool {
        let status = try DirectoryEntry.status(folder.raw, name)
        if status.type == .directory { return false }
        guard form != nil else { throw LayerError(.refused, "cannot overwrite a non-directory with a directory") }
        try remove(folder, name)
        try DirectoryEntry.makeFolder(folder.raw, name, mode: 0o700)
        if form == .overlay, status.isOverlayWhiteout {
            // What was there below stays gone, though a folder has the name again.
            let child = try DirectoryEntry.openChildFolder(folder.raw, name)
            try FolderCache.setOpaque(child.raw)
        }
        return true
    }

    /// Cached folders may have been reached through what goes.
    func removeCached(_ status: FileStatus) throws(SystemError) {
        if status.type == .directory || status.type == .symbolicLink { try folders.flush() }
    }
}
