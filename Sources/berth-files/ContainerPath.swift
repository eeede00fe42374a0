import BerthAPI
import LinuxSystem

/// A path of a container. Its text is only taken apart at its slashes: every walk is the kernel's, beneath the
/// container's root.
struct ContainerPath {
    private static let linkLimit = 40

    private let root: CInt
    /// The folder that the last component is in, from the root without a slash before it; empty for the root.
    private let parent: BytePath
    /// Empty when the path says a folder itself: `/`, or with `/`, `.` or `..` at its end.
    let name: BytePath

    /// - Parameter following: whether a link at the path's end stands for what it leads to.
    /// - Throws: `notFound` when nothing is there.
    static func resolve(_ text: String, root: CInt, following: Bool) throws -> ContainerPath {
        var path = ContainerPath(try bytes(text), root: root)
        guard following else { return path }
        for _ in 0..<linkLimit {
            guard let target = try path.linkTarget() else { return path }
            let isAbsolute = target.bytes.first == 0x2f
            path = ContainerPath(isAbsolute ? target : path.parent.appending(target), root: root)
        }
        throw SystemError(.tooManyLinks, "openat2", text)
    }

    private init(_ path: BytePath, root: CInt) {
        self.root = root
        let bytes = path.bytes.drop { $0 == 0x2f }
        let slash = bytes.lastIndex(of: 0x2f)
        let last = slash.map { bytes[($0 + 1)...] } ?? bytes
        let isFolder = last.isEmpty || last.elementsEqual([0x2e]) || last.elementsEqual([0x2e, 0x2e])
        parent = BytePath(isFolder ? bytes : slash.map { bytes[..<$0] } ?? [])!
        name = BytePath(isFolder ? [] : last)!
    }

    static func bytes(_ text: String) throws(BerthError) -> BytePath {
        guard let path = BytePath(Array(text.utf8)) else {
            throw BerthError(.invalidArgument, "a path has no NUL byte")
        }
        return path
    }

    /// From the root.
    var full: BytePath { name.isEmpty ? parent : parent.appending(name) }

    /// What a folder of this path is called in an archive: nothing when the path says its contents.
    var entryName: BytePath { name }

    func openParent() throws(SystemError) -> Descriptor { try DirectoryEntry.openFolder(root, parent, .likeChroot) }

    /// Nil for what is no folder.
    func openFolder() throws(SystemError) -> Descriptor? {
        let parent = try openParent()
        if name.isEmpty { return parent }
        guard try DirectoryEntry.status(parent.raw, name).type == .directory else { return nil }
        return try DirectoryEntry.openChildFolder(parent.raw, name)
    }

    func status() throws -> PathStatus {
        let parent = try openParent()
        let status = try name.isEmpty ? OpenFile.status(parent.raw) : DirectoryEntry.status(parent.raw, name)
        let modified = status.modified
        let target = try linkTarget()
        return PathStatus(
            name: displayName, kind: PathStatus.Kind(status.type), mode: Int(status.mode), size: status.size,
            modifiedAt: Timestamp(nanoseconds: modified.seconds * 1_000_000_000 + Int64(modified.nanoseconds)),
            target: target.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    private var displayName: String {
        let last = full.bytes.split(separator: 0x2f).last { !$0.elementsEqual([0x2e]) }
        return last.map { String(decoding: $0, as: UTF8.self) } ?? "/"
    }

    /// Nil for what is no link, or not there.
    private func linkTarget() throws(SystemError) -> BytePath? {
        if name.isEmpty { return nil }
        let parent = try openParent()
        guard try DirectoryEntry.status(parent.raw, name).type == .symbolicLink else { return nil }
        return try DirectoryEntry.linkTarget(parent.raw, name)
    }
}

extension PathStatus.Kind {
    init(_ type: FileType?) {
        self =
            switch type {
            case .directory: .folder
            case .symbolicLink: .link
            case .characterDevice: .characterDevice
            case .blockDevice: .blockDevice
            case .fifo: .fifo
            case .socket: .socket
            case .regular, nil: .file
            }
    }
}
