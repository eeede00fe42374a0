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

    func make(_ extra: [RuntimeSpec.Device]) throws(LaunchError) {
        let folder = try during("devices") { () throws(SystemError) in try root.makeFolder("/dev") }
        for device in Self.defaults where !extra.contains(where: { $0.path == device.path }) {
            try make(device, in: folder.raw, named: String(device.path.dropFirst("/dev/".count)))
        }
        for device in extra {
            let (parent, name) = Self.split(device.path)
            let folder = try during("device \(device.path)") { () throws(SystemError) in try root.makeFolder(parent) }
            try make(device, in: folder.raw, named: name)
        }
        for link in Self.links {
            try during("device link \(link.name)") { () throws(SystemError) in
                try unlessExisting { () throws(SystemError) in
                    try DeviceNode.link(link.name, in: folder.raw, to: link.target)
                }
            }
        }
    }

    private func make(_ device: RuntimeSpec.Device, in folder: CInt, named name: String) throws(LaunchError) {
        let kind: DeviceKind
        switch device.type {
        case "c", "u": kind = .character
        case "b": kind = .block
        case "p": kind = .fifo
        default: throw LaunchError(.invalid, "device \(device.path): type \(device.type) is none of c, u, b, p")
        }
        let (major, minor) = (device.major ?? 0, device.minor ?? 0)
        guard (0...0xfff).contains(major), (0...0xfffff).contains(minor) else {
            throw LaunchError(.invalid, "device \(device.path): no such device number \(major):\(minor)")
        }
        try during("device \(device.path)") { () throws(SystemError) in
            if bindOnly && kind != .fifo {
                let node = try MountTree.copy(device.path, recursive: false)
                try MountTree.attach(node, to: try root.makeFile(device.path), device.path)
                return
            }
            try unlessExisting { () throws(SystemError) in
                try DeviceNode.make(
                    name, in: folder, kind, major: UInt32(major), minor: UInt32(minor),
                    permissions: (device.fileMode ?? 0o666) & 0o7777, uid: device.uid ?? 0, gid: device.gid ?? 0)
            }
        }
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
