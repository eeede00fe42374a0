import LinuxSystem

/// Where an entry belongs: a folder beneath the layer's root, and a name in it.
///
/// The text is only cut at its slashes; every walk is the kernel's. Empty components and `.` mean nothing and go, an
/// absolute name starts at the layer's root, `..` has no place in a layer.
struct EntryPath {
    /// The folder, empty for the root.
    var folder: BytePath
    /// Empty for the root itself.
    var name: BytePath

    var full: BytePath { name.isEmpty ? folder : folder.appending(name) }

    /// The same place seen from above the folder `base`.
    func beneath(_ base: BytePath) -> EntryPath {
        name.isEmpty ? self : EntryPath(folder: folder.isEmpty ? base : base.appending(folder), name: name)
    }

    private init(folder: BytePath, name: BytePath) {
        self.folder = folder
        self.name = name
    }

    init(_ path: BytePath, limits: LayerLimits) throws(LayerError) {
        guard path.count < limits.pathLength else {
            throw LayerError(.refused, "a name of \(path.count) bytes; \(limits.pathLength - 1) are possible")
        }
        if let slash = Self.lastSlash(ofNormal: path) {
            folder = BytePath(path.bytes[..<max(0, slash)])!
            name = BytePath(path.bytes[(slash + 1)...])!
            return
        }
        var normal: [UInt8] = []
        normal.reserveCapacity(path.count)
        var lastStart = 0
        for component in path.bytes.split(separator: 0x2f) {
            if component.elementsEqual([0x2e]) { continue }
            guard !component.elementsEqual([0x2e, 0x2e]) else {
                throw LayerError(.refused, "the name has a \"..\" in it")
            }
            if !normal.isEmpty { normal.append(0x2f) }
            lastStart = normal.count
            normal.append(contentsOf: component)
        }
        folder = BytePath(normal[..<max(0, lastStart - 1)])!
        name = BytePath(normal[lastStart...])!
    }

    /// Where the last slash is, −1 for none, in a path that can be cut as it is; nil for one with empty components or
    /// such as begin with a dot.
    private static func lastSlash(ofNormal path: BytePath) -> Int? {
        var last = -1
        let bytes = path.bytes
        for index in bytes.indices {
            let startsComponent = index == last + 1
            if startsComponent, bytes[index] == 0x2f || bytes[index] == 0x2e { return nil }
            if bytes[index] == 0x2f { last = index }
        }
        return last + 1 < bytes.count ? last : nil
    }
}

/// What a name beginning with `.wh.` says (OCI image-spec, layer.md, "Whiteouts").
enum WhiteoutMark {
    /// Everything of this folder in the layers below is gone.
    case opaque
    /// This name in the layers below is gone.
    case whiteout(BytePath)
    /// Housekeeping of aufs, from where the names come: means nothing to anyone else.
    case ignored

    private static let prefix: StaticString = ".wh."
    private static let metaPrefix: StaticString = ".wh..wh."

    /// - Returns: nil for an ordinary entry.
    init?(_ path: EntryPath) throws(LayerError) {
        if path.folder.hasPrefix(Self.metaPrefix) {
            self = .ignored
            return
        }
        // A folder of such a name would be a whiteout to one engine and a folder to another.
        if path.folder.hasPrefix(Self.prefix) || path.folder.contains("/.wh.") {
            throw LayerError(.refused, "a whiteout cannot be a folder")
        }
        guard path.name.hasPrefix(Self.prefix) else { return nil }
        if path.name == ".wh..wh..opq" {
            self = .opaque
        } else if path.name.hasPrefix(Self.metaPrefix) {
            self = .ignored
        } else {
            let name = BytePath(path.name.bytes.dropFirst(Self.prefix.utf8CodeUnitCount))!
            guard !name.isEmpty, name != BytePath("."), name != BytePath("..") else {
                throw LayerError(.refused, "a whiteout of \"\(name)\"")
            }
            self = .whiteout(name)
        }
    }
}
