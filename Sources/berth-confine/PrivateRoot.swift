import LinuxSystem

/// The program's root: a small file system in memory on which the host's files that it may see are mounted, each at its
/// own path.
struct PrivateRoot: ~Copyable {
    private let root: Descriptor

    /// Makes it, in a mount namespace of this process's own.
    init() throws(SystemError) {
        // What the host mounts below a folder that is shown is seen, and what it unmounts goes; nothing goes back.
        try MountTree.setRootPropagation(.slave, recursive: true)
        root = try Self.make()
    }

    private static func make() throws(SystemError) -> Descriptor {
        let memory = try FilesystemContext("tmpfs")
        try memory.set("mode", "755")
        try memory.set("size", "1m")
        let root = try memory.mount(.noSUID)
        try MountTree.attachOverRoot(root.raw)
        return root
    }

    private var folder: RootFolder { RootFolder(root.raw) }

    func fill(_ options: ConfinementOptions) throws(SystemError) {
        for path in SystemFiles.paths { try showSystem(path) }
        try mount("proc", at: "/proc", [.readOnly, .noSUID, .noDevices, .noExecution])
        try mount("tmpfs", at: "/tmp", [.noSUID, .noDevices], ["mode": "1777", "size": options.temporary])
        try makeDevices()
        let shown = options.readable.map { ($0, true) } + options.writable.map { ($0, false) }
        // A folder before what lies below it, which would be hidden otherwise.
        for (path, readOnly) in shown.sorted(by: { $0.0 < $1.0 }) {
            try show(path, readOnly ? [.readOnly, .noSUID, .noDevices] : [.noSUID, .noDevices])
        }
        for path in options.devices { try show(path, .noSUID) }
    }

    /// Makes it this process's root, and read-only but for what is mounted in it.
    consuming func become() throws(SystemError) {
        try MountTree.change(root.raw, set: .readOnly, "/")
        try MountTree.becomeRoot(root.raw)
    }

    private func mount(
        _ type: String, at path: String, _ attributes: MountAttributes, _ options: [String: String] = [:]
    ) throws(SystemError) {
        let context = try FilesystemContext(type)
        for (key, value) in options { try context.set(key, value) }
        try MountTree.attach(try context.mount(attributes), to: try folder.makeFolder(path), path)
    }

    /// What is not there is not shown.
    private func show(_ path: String, _ attributes: MountAttributes) throws(SystemError) {
        let tree: Descriptor
        do {
            tree = try MountTree.copy(path, recursive: true)
        } catch  where [.noEntry, .notDirectory].contains(error.errno) {
            return
        }
        try MountTree.change(tree.raw, set: attributes, recursive: true, path)
        let isFolder = try FileKind(tree.raw) == .folder
        let target = isFolder ? try folder.makeFolder(path) : try folder.makeFile(path)
        try MountTree.attach(tree, to: target, path)
    }

    private func showSystem(_ path: String) throws(SystemError) {
        guard let target = linkTarget(path) else { return try show(path, [.readOnly, .noSUID, .noDevices]) }
        let (parent, name) = SystemFiles.split(path)
        let folder = try folder.makeFolder(parent)
        try DeviceNode.link(name, in: folder.raw, to: target)
    }

    private func makeDevices() throws(SystemError) {
        let folder = try folder.makeFolder("/dev")
        for device in SystemFiles.devices {
            try DeviceNode.make(
                device.name, in: folder.raw, .character, .init(major: 1, minor: device.minor), permissions: 0o666,
                uid: 0, gid: 0)
        }
        for link in SystemFiles.links { try DeviceNode.link(link.name, in: folder.raw, to: link.target) }
    }
}
