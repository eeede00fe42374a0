import BerthAPI
import LinuxSystem

/// What a driver's mounts show, seen through a mount that is attached nowhere: no namespace is changed.
struct DetachedMount: ~Copyable {
    private let tree: Descriptor

    /// The root of what is mounted.
    var root: CInt { tree.raw }

    init(_ mounts: [Mount]) throws {
        guard mounts.count == 1, let mount = mounts.first else {
            throw Violation("\(mounts.count) mounts were returned; one is expected")
        }
        tree = mount.type == "bind" ? try Self.bind(mount) : try Self.make(mount)
    }

    private static func bind(_ mount: Mount) throws -> Descriptor {
        let tree = try MountTree.copy(mount.source, recursive: false)
        if mount.options.contains("ro") { try MountTree.change(tree.raw, set: .readOnly) }
        return tree
    }

    private static func make(_ mount: Mount) throws -> Descriptor {
        let options = mount.options.filter { $0 != "ro" && $0 != "rw" }
        let attributes: MountAttributes = mount.options.contains("ro") ? .readOnly : []
        if mount.type == "overlay" {
            return try OverlayMount(source: mount.source, options: options).make(attributes)
        }
        let context = try FilesystemContext(mount.type)
        try context.set("source", mount.source)
        for option in options {
            guard let sign = option.firstIndex(of: "=") else {
                try context.set(flag: option)
                continue
            }
            try context.set(String(option[..<sign]), String(option[option.index(after: sign)...]))
        }
        return try context.mount(attributes)
    }

    // MARK: Content

    func read(_ path: String) throws -> String {
        let file = try DirectoryEntry.openForReading(root, BytePath(path), .likeChroot)
        return String(decoding: try RegularFile.readAll(file.raw, limit: 1 << 20), as: UTF8.self)
    }

    /// Makes or replaces a file in the root.
    func write(_ name: String, _ content: String) throws {
        let root = root
        _ = try succeeds(unless: .noEntry) { () throws(SystemError) in
            try DirectoryEntry.unlink(root, BytePath(name))
        }
        let file = try DirectoryEntry.createFile(root, BytePath(name))
        try RegularFile.write(file.raw, Array(content.utf8), at: 0)
    }

    func remove(_ name: String) throws { try DirectoryEntry.unlink(root, BytePath(name)) }

    func exists(_ path: String) throws -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        let root = root
        return try succeeds(unless: .noEntry) { () throws(SystemError) in
            let folder = try DirectoryEntry.openFolder(root, BytePath(parts.dropLast().joined(separator: "/")))
            _ = try DirectoryEntry.status(folder.raw, BytePath(parts.last ?? "."))
        }
    }

    func isEmpty() throws -> Bool {
        var stream = try DirectoryStream(root)
        return try stream.next() == nil
    }

    func rootStatus() throws -> FileStatus { try OpenFile.status(root) }

    func status(_ path: String) throws -> FileStatus { try DirectoryEntry.status(root, BytePath(path)) }
}
