import BerthAPI
import LinuxSystem

/// How a snapshot is mounted. Nothing is mounted here: the container does it in its own namespace.
struct OverlayMounts: Sendable {
    /// Options for every overlay: layers are looked at one by one, as they were unpacked, and never lead elsewhere.
    private let options: [String]

    /// - Parameter features: names of the kernel's overlay parameters.
    init(features: Set<String>) {
        let wanted = [("index", "index=off"), ("redirect_dir", "redirect_dir=nofollow"), ("metacopy", "metacopy=off")]
        options = wanted.filter { features.contains($0.0) }.map(\.1)
    }

    /// What the running kernel's overlay can be told (/sys/module/overlay/parameters).
    static func detect() -> OverlayMounts {
        let names = (try? listDirectory("/sys/module/overlay/parameters")) ?? []
        return OverlayMounts(features: Set(names))
    }

    /// - Parameters:
    ///   - chain: the snapshot and those below it, the uppermost first.
    func mounts(_ chain: [Snapshot], in store: SnapshotStore) -> [Mount] {
        let (top, below) = (chain[0], chain.dropFirst().map { store.path($0, SnapshotStore.content) })
        switch top.info.kind {
        case .active where below.isEmpty: return [bind(store.path(top, SnapshotStore.content), "rw")]
        case .active:
            return [
                overlay(
                    below,
                    [
                        "upperdir=\(store.path(top, SnapshotStore.content))",
                        "workdir=\(store.path(top, SnapshotStore.work))",
                    ])
            ]
        // A view has an empty folder of its own, which only matters where nothing is below.
        case .view, .committed:
            switch below.count {
            case 0: return [bind(store.path(top, SnapshotStore.content), "ro")]
            case 1: return [bind(below[0], "ro")]
            default: return [overlay(below, ["ro"])]
            }
        }
    }

    /// A mount that is attached nowhere, of what the snapshots of a chain show together; nil for an empty chain.
    func show(_ chain: [Snapshot], in store: SnapshotStore) throws -> SharedDescriptor? {
        guard chain.count > 1 else { return try chain.first.map { try store.open($0).content().shared() } }
        let context = try FilesystemContext("overlay")
        for snapshot in chain { try context.set("lowerdir+", store.path(snapshot, SnapshotStore.content)) }
        for option in options {
            guard let sign = option.firstIndex(of: "=") else { continue }
            try context.set(String(option[..<sign]), String(option[option.index(after: sign)...]))
        }
        return try context.mount(.readOnly).shared()
    }

    private func bind(_ path: String, _ access: String) -> Mount {
        Mount(type: "bind", source: path, options: ["bind", access])
    }

    private func overlay(_ layers: [String], _ more: [String]) -> Mount {
        Mount(
            type: "overlay", source: "overlay", options: ["lowerdir=\(layers.joined(separator: ":"))"] + more + options)
    }
}
