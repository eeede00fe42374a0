import LinuxSystem

/// Masked and read-only paths (config-linux.md, "Masked Paths", "Readonly Paths").
struct ProtectedPaths {
    let root: RootFolder

    /// Hides each path that is there: a folder under an empty read-only file system, anything else under the null
    /// device, whose numbers are proven.
    func mask(_ paths: [String]) throws(LaunchError) {
        guard !paths.isEmpty else { return }
        let null = try during("masked paths") { () throws(SystemError) in try DeviceNode.openNull() }
        var empty: SharedDescriptor?
        for path in paths {
            guard let place = try open(path) else { continue }
            let again = empty?.raw
            let isFolder = try during("mask \(path)") { () throws(SystemError) in try FileKind(place.raw) == .folder }
            let cover = try during("mask \(path)") { () throws(SystemError) -> Descriptor in
                if isFolder { return try Self.emptyFolder(sharing: again) }
                return try MountTree.copy(of: null.raw, recursive: false)
            }
            try during("mask \(path)") { () throws(SystemError) in
                try MountTree.attach(cover, to: place, path)
            }
            if empty == nil, isFolder { empty = cover.shared() }
        }
    }

    /// One file system covers all folders: the first is new, the others are copies of its mount.
    private static func emptyFolder(sharing first: CInt?) throws(SystemError) -> Descriptor {
        if let first { return try MountTree.copy(of: first, recursive: false) }
        let context = try FilesystemContext("tmpfs")
        try context.set("source", "tmpfs")
        try context.set("nr_blocks", "1")
        try context.set("nr_inodes", "1")
        return try context.mount([.readOnly, .noSUID, .noDevices, .noExecution])
    }

    func makeReadOnly(_ paths: [String]) throws(LaunchError) {
        for path in paths {
            guard let place = try open(path) else { continue }
            try during("read-only \(path)") { () throws(SystemError) in
                let copy = try MountTree.copy(of: place.raw, recursive: true)
                try MountTree.change(copy.raw, set: .readOnly, recursive: true, path)
                try MountTree.attach(copy, to: place, path)
            }
        }
    }

    /// The place, nil when this kernel or image has none.
    private func open(_ path: String) throws(LaunchError) -> Descriptor? {
        do {
            return try root.open(path, .place)
        } catch  where error.errno == .noEntry || error.errno == .notDirectory {
            return nil
        } catch {
            throw LaunchError(error, "protect \(path)")
        }
    }
}
