import Glibc

/// An overlay file system (Documentation/filesystems/overlayfs.rst) as a detached mount, made in the way that the running
/// kernel knows.
public struct OverlayMount: Sendable {
    private let source: String
    private let options: [String]
    private let layers: [String]
    /// Whether layers can be given one by one (`lowerdir+`).
    private let takesLayers: Bool

    /// - Parameter options: as in fstab(5): `lowerdir=a:b`, `upperdir=…`, `workdir=…` and others.
    public init(source: String, options: [String]) {
        self.init(source: source, options: options, takesLayers: Self.kernelTakesLayers)
    }

    init(source: String, options: [String], takesLayers: Bool) {
        self.source = source
        self.takesLayers = takesLayers
        let list = options.last { $0.hasPrefix("lowerdir=") }
        layers = list.map { Self.splitLayers(String($0.dropFirst("lowerdir=".count))) } ?? []
        self.options = options.filter { !$0.hasPrefix("lowerdir=") }
    }

    /// - Parameter place: a folder of a mount namespace that nobody else sees, which the mount is on for a moment when
    ///   there are too many layers for the other calls of a kernel before 6.8; without it a thread takes a namespace for
    ///   that moment.
    public func make(_ attributes: MountAttributes = [], place: String? = nil) throws(SystemError) -> Descriptor {
        if takesLayers { return try makeOfLayers(attributes) }
        let opened = try OpenedLayers(layers)
        let list = [layers.joined(separator: ":"), opened.list].first { $0.utf8.count < 256 && isPlain($0) }
        if let list { return try makeOfList(list, attributes) }
        if let place { return try makeByOldCall(opened.list, attributes, place) }
        let raw = try Thread.run(name: "overlay") { () throws(SystemError) in
            try Namespace.unshare(.mount)
            try MountTree.setRootPropagation(.private, recursive: true)
            // Opened here: the kernel takes layers of the caller's namespace only. As the place any folder would do;
            // /proc is one that the layers' names need already.
            let opened = try OpenedLayers(layers)
            return try makeByOldCall(opened.list, attributes, "/proc").release()
        }
        return Descriptor(owning: raw)
    }

    private static let kernelTakesLayers: Bool = {
        let numbers = Host.kernelRelease.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return !numbers.lexicographicallyPrecedes([6, 8])
    }()

    private func isPlain(_ list: String) -> Bool {
        !list.contains { ",\\".contains($0) } && list.filter { $0 == ":" }.count == layers.count - 1
    }

    // MARK: Ways

    /// One call for each layer: a call takes 255 bytes, and hundreds of layers are more.
    private func makeOfLayers(_ attributes: MountAttributes) throws(SystemError) -> Descriptor {
        let context = try FilesystemContext("overlay")
        try context.set("source", source)
        for layer in layers { try setFolder("lowerdir+", layer, on: context) }
        try setOptions(on: context)
        return try context.mount(attributes)
    }

    private func makeOfList(_ list: String, _ attributes: MountAttributes) throws(SystemError) -> Descriptor {
        let context = try FilesystemContext("overlay")
        try context.set("source", source)
        if !layers.isEmpty { try context.set("lowerdir", list) }
        try setOptions(on: context)
        return try context.mount(attributes)
    }

    /// mount(2) takes a page of options at once, and a place.
    private func makeByOldCall(
        _ list: String, _ attributes: MountAttributes, _ place: String
    ) throws(SystemError) -> Descriptor {
        let data = (["lowerdir=\(list)"] + options).joined(separator: ",")
        try systemCall("mount", "overlay of \(layers.count) layers") { mount(source, place, "overlay", 0, data) }
        defer { umount2(place, CInt(MNT_DETACH)) }
        let tree = try MountTree.copy(place, recursive: false)
        if !attributes.isEmpty { try MountTree.change(tree.raw, set: attributes, "overlay") }
        return tree
    }

    private func setOptions(on context: borrowing FilesystemContext) throws(SystemError) {
        for option in options {
            guard let sign = option.firstIndex(of: "=") else {
                try context.set(flag: option)
                continue
            }
            let (key, value) = (String(option[..<sign]), String(option[option.index(after: sign)...]))
            if key == "upperdir" || key == "workdir" {
                try setFolder(key, value, on: context)
            } else {
                try context.set(key, value)
            }
        }
    }

    /// A path that is too long for the call, or that has a comma, which older kernels do not take, goes by descriptor.
    private func setFolder(
        _ key: String, _ path: String, on context: borrowing FilesystemContext
    ) throws(SystemError) {
        guard path.utf8.count > 255 || !takesLayers && path.contains(",") else { return try context.set(key, path) }
        let folder = try RootFolder.openPlace(path)
        try context.set(key, "/proc/self/fd/\(folder.raw)")
    }

    /// Overlay's list: colons separate, a backslash takes the next character as it is.
    public static func splitLayers(_ list: String) -> [String] {
        var layers: [String] = []
        var current = ""
        var escaped = false
        for character in list {
            if escaped {
                current.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if character == ":" {
                layers.append(current)
                current = ""
            } else {
                current.append(character)
            }
        }
        return layers + [current]
    }
}

/// Layers by descriptor: short names without special characters.
private struct OpenedLayers {
    private let folders: [SharedDescriptor]
    var list: String { folders.map { "/proc/self/fd/\($0.raw)" }.joined(separator: ":") }

    init(_ paths: [String]) throws(SystemError) {
        var folders: [SharedDescriptor] = []
        for path in paths { folders.append(try RootFolder.openPlace(path).shared()) }
        self.folders = folders
    }
}
