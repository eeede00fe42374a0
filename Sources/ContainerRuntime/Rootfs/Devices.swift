import LinuxSystem
import OCISpec

/// The nodes and links of /dev (config-linux.md, "Default Devices").
struct Devices {
    let root: RootFolder
    /// A user namespace may not make nodes: the host's are bound instead.
    let bindOnly: Bool

    private static let defaults: [RuntimeSpec.Device] = [
        .init(type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 0o666),
        .init(type: "c", path: "/dev/zero", major: 1, minor: 5, fileMode: 0o666),
        .init(type: "c", path: "/dev/full", major: 1, minor: 7, fileMode: 0o666),
        .init(type: "c", path: "/dev/random", major: 1, minor: 8, fileMode: 0o666),
        .init(type: "c", path: "/dev/urandom", major: 1, minor: 9, fileMode: 0o666),
        .init(type: "c", path: "/dev/tty", major: 5, minor: 0, fileMode: 0o666),
    ]

    private static let links: [(name: String, target: String)] = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
    ]

    /// Makes the default devices and the configuration's, which come first where both name a path.
    func make(_ extra: [RuntimeSpec.Device]) throws(LaunchError) {
        let folder = try during("devices") { () throws(SystemError) in try root.makeFolder("/dev") }
        for device in Self.defaults where !extra.contains(where: { $0.path == device.path }) {
            try make(device, in: folder.raw, named: String(device.path.dropFirst("/dev/".count)), isDefault: true)
        }
        for (index, device) in extra.enumerated() {
            let (parent, name) = Self.split(device.path)
            let folder = try during("device \(device.path)") { () throws(SystemError) in try root.makeFolder(parent) }
            do {
                try make(device, in: folder.raw, named: name, isDefault: false)
            } catch  where error.errno == .exists {
                throw .invalid(
                    "linux.devices[\(index)].path", "\(device.path) is there already and is not the device asked for")
            }
        }
        for link in Self.links {
            try during("device link \(link.name)") { () throws(SystemError) in
                try unlessExisting { () throws(SystemError) in
                    try DeviceNode.link(link.name, in: folder.raw, to: link.target)
                }
            }
        }
    }

    /// What the image has in the place of a default device stays; in that of another it must be that device.
    private func make(
        _ device: RuntimeSpec.Device, in folder: CInt, named name: String, isDefault: Bool
    ) throws(LaunchError) {
        guard let kind = DeviceKind(specification: device.type) else { return }
        let number = DeviceNode.Number(major: UInt32(device.major ?? 0), minor: UInt32(device.minor ?? 0))
        try during("device \(device.path)") { () throws(SystemError) in
            if bindOnly && kind != .fifo { return try bind(device.path, kind, number) }
            do throws(SystemError) {
                try DeviceNode.make(
                    name, in: folder, kind, number, permissions: (device.fileMode ?? 0o666) & 0o7777,
                    uid: device.uid ?? 0,
                    gid: device.gid ?? 0)
            } catch  where error.errno == .exists {
                let there = try RootFolder(folder).openWithoutLinks(name)
                let isSame = try DeviceNode.matches(there.raw, kind, number)
                guard isDefault || isSame else { throw error }
            } catch  where error.errno == .notPermitted && kind != .fifo {
                // A runtime without the right to make nodes, such as one in a container.
                try bind(device.path, kind, number)
            }
        }
    }

    /// Binds the host's node of the same path.
    private func bind(_ path: String, _ kind: DeviceKind, _ number: DeviceNode.Number) throws(SystemError) {
        let node = try DeviceNode.open(path, kind, number)
        let tree = try MountTree.copy(of: node.raw, recursive: false)
        try MountTree.attach(tree, to: try root.makeFile(path), path)
    }

    private func unlessExisting(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        do {
            try body()
        } catch  where error.errno == .exists {
            return
        }
    }

    static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("/", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}

extension DeviceKind {
    /// `c`, `u`, `b` or `p`.
    init?(specification type: String) {
        switch type {
        case "c", "u": self = .character
        case "b": self = .block
        case "p": self = .fifo
        default: return nil
        }
    }
}
