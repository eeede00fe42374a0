import LinuxSystem

/// Owner, mode and time of an entry, checked.
struct EntryAttributes {
    /// Nil to leave it to whoever makes the entry.
    var owner: (user: UInt32, group: UInt32)?
    var mode: UInt32
    var modified: FileTime

    init(_ entry: TarEntry, owner: FileOwner) throws(LayerError) {
        // The last 32-bit number means "unchanged" to chown(2).
        guard (0..<0xffff_ffff).contains(entry.user), (0..<0xffff_ffff).contains(entry.group) else {
            throw LayerError(.refused, "owner \(entry.user):\(entry.group) is not a pair of 32-bit numbers")
        }
        self.owner =
            switch owner {
            case .archived: (UInt32(entry.user), UInt32(entry.group))
            case .fixed(let user, let group): (user, group)
            case .unchanged: nil
            }
        mode = entry.mode
        modified = entry.modified
        guard (0..<1_000_000_000).contains(modified.nanoseconds) else {
            throw LayerError(.damaged, "a time with \(modified.nanoseconds) nanoseconds")
        }
    }
}

extension EntryWriter {
    /// Attributes that are not an image's to set: an engine's marks on its layers, and the labels of the host that
    /// the image was made on.
    private static let skippedPrefixes: [StaticString] = ["trusted.overlay.", "user.overlay.", "security.selinux"]

    func setAttributes(of folder: OpenFolder, _ attributes: EntryAttributes, _ entry: TarEntry) throws {
        // The owner first: changing it clears set-group-ID.
        if let (user, group) = attributes.owner { try OpenFile.setOwner(folder.raw, user: user, group: group) }
        try OpenFile.setMode(folder.raw, attributes.mode)
        try setExtendedAttributes(of: entry) { key, value throws(SystemError) in
            try ExtendedAttributes.set(folder.raw, key, value)
        }
        folder.setTime(attributes.modified)
    }

    /// The rest of what was made by name and is not opened: links and devices.
    func finishNode(
        _ entry: TarEntry, _ attributes: EntryAttributes, _ folder: OpenFolder, _ name: BytePath
    ) throws {
        try setOwner(attributes, folder, name)
        try setExtendedAttributes(of: entry) { key, value throws(SystemError) in
            try ExtendedAttributes.set(folder.raw, entry: name, key, value)
        }
        try DirectoryEntry.setTime(folder.raw, name, attributes.modified)
        try remember(folder, name)
    }

    func setOwner(_ attributes: EntryAttributes, _ folder: OpenFolder, _ name: BytePath) throws(SystemError) {
        guard let (user, group) = attributes.owner else { return }
        try DirectoryEntry.setOwner(folder.raw, name, user: user, group: group)
    }

    func setExtendedAttributes(
        of entry: TarEntry, _ set: (BytePath, UnsafeRawBufferPointer) throws(SystemError) -> Void
    ) throws {
        let count = entry.attributeCount
        if count == 0 { return }
        guard count <= limits.attributes else {
            throw LayerError(.tooLarge, "\(count) extended attributes; \(limits.attributes) are allowed")
        }
        var bytes = 0
        try entry.forEachAttribute { key, value throws(LayerError) in
            bytes += value.count
            guard bytes <= limits.attributeBytes else {
                throw LayerError(.tooLarge, "extended attributes of more than \(limits.attributeBytes) bytes")
            }
            if Self.skippedPrefixes.contains(where: { key.hasPrefix($0) }) {
                skippedAttributes += 1
                return
            }
            do throws(SystemError) {
                try set(key, value)
            } catch {
                // Not every file system and type of file has all of them (another system's, users' own on a link); a
                // security attribute must not get lost, the program that it is for would run with other rights.
                let isForeign = error.errno == .notSupported && !key.hasPrefix("security.")
                let isBeyond = form == nil && [.notPermitted, .notSupported].contains(error.errno)
                if isForeign || isBeyond || key.hasPrefix("user.") && error.errno == .notPermitted {
                    skippedAttributes += 1
                    return
                }
                throw LayerError(.system, "extended attribute \(key): \(error.errno)")
            }
        }
    }
}
