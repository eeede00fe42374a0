import JSON
import LinuxSystem
import OCISpec

/// What the container's root is made of, decided before the clone.
enum RootMount {
    case folder(path: String)
    /// Mounted one upon the other, the last is seen; normally one.
    case mounts([Layer])

    struct Layer {
        var type: String
        var source: String
        var options: [String]
        /// Who owns what in it, when that is not as it is on disk.
        var maps: UserNamespace.Maps?
    }

    init(_ spec: RuntimeSpec, bundle: String) throws(LaunchError) {
        if let text = spec.annotations?[RuntimeAnnotation.rootMounts] {
            self = .mounts(try Self.layers(text))
            return
        }
        guard let path = spec.root?.path, !path.isEmpty else { throw LaunchError(.invalid, "root.path is missing") }
        self = .folder(path: path.hasPrefix("/") ? path : "\(bundle)/\(path)")
    }

    private static func layers(_ text: String) throws(LaunchError) -> [Layer] {
        let name = RuntimeAnnotation.rootMounts
        let array: [JSON]?
        do {
            array = try JSON(parsing: text).array
        } catch {
            throw LaunchError(.invalid, "annotation \(name): \(error)")
        }
        var layers: [Layer] = []
        for element in array ?? [] {
            guard let type = element["type"]?.string else {
                throw LaunchError(.invalid, "annotation \(name): a mount has no type")
            }
            let options = element["options"]?.array?.compactMap(\.string) ?? []
            var layer = Layer(type: type, source: element["source"]?.string ?? type, options: options)
            layer.maps = try maps(of: element)
            layers.append(layer)
        }
        guard !layers.isEmpty else { throw LaunchError(.invalid, "annotation \(name): no mounts") }
        return layers
    }

    private static func maps(of element: JSON) throws(LaunchError) -> UserNamespace.Maps? {
        guard element["uidMappings"] != nil else { return nil }
        do {
            let mount = try element.decode(RuntimeSpec.Mount.self)
            return .init(users: mount.uidMappings?.ranges ?? [], groups: mount.gidMappings?.ranges ?? [])
        } catch {
            throw LaunchError(.invalid, "annotation \(RuntimeAnnotation.rootMounts): \(error)")
        }
    }

    /// Makes the root as a detached mount, in the mount namespace of the caller.
    ///
    /// - Parameter place: a folder that a mount may be on for a moment (`OverlayMount.make`), where that namespace is the
    ///   container's.
    func make(place: String? = nil) throws(LaunchError) -> Descriptor {
        switch self {
        case .folder(let path):
            return try during("root \(path)") { () throws(SystemError) in
                try MountTree.copy(path, recursive: true)
            }
        case .mounts(let layers):
            guard layers.count == 1 else {
                throw LaunchError(.unsupported, "a root of \(layers.count) mounts is not supported")
            }
            return try during("root \(layers[0].type)") { () throws(SystemError) in
                try Self.mount(layers[0], place)
            }
        }
    }

    private static func mount(_ layer: Layer, _ place: String?) throws(SystemError) -> Descriptor {
        if let maps = layer.maps {
            var root = try MappedRoot(maps)
            return try root.mount(layer)
        }
        let options = MountOptions(layer.options)
        if options.bind || layer.type == "bind" {
            let tree = try MountTree.copy(layer.source, recursive: options.bindIsRecursive)
            try MountTree.change(tree.raw, set: options.set, clear: options.clear, layer.source)
            return tree
        }
        if layer.type == "overlay" {
            return try OverlayMount(source: layer.source, options: options.data).make(options.set, place: place)
        }
        let context = try FilesystemContext(layer.type)
        try context.set("source", layer.source)
        for item in options.data {
            guard let sign = item.firstIndex(of: "=") else {
                try context.set(flag: item)
                continue
            }
            try context.set(String(item[..<sign]), String(item[item.index(after: sign)...]))
        }
        return try context.mount(options.set)
    }
}
