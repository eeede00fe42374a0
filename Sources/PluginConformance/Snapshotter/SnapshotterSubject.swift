import BerthAPI
import JSONRPC
import LinuxSystem

/// The contract of snapshotters, and of the differ that one serves for its own snapshots.
struct SnapshotterSubject {
    let bench: Bench

    init(_ bench: Bench) throws { self.bench = bench }

    static var table: [Check<SnapshotterSubject>] { states + contents + faults + crashes }

    @discardableResult
    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        try bench.call(method, descriptors: descriptors)
    }

    // MARK: Steps that several checks take

    func prepare(_ name: String, on parent: String? = nil) throws -> [Mount] {
        try call(SnapshotPrepare(key: name, parent: parent)).mounts
    }

    func view(_ name: String, of parent: String) throws -> [Mount] {
        try call(SnapshotView(key: name, parent: parent)).mounts
    }

    /// Makes a committed snapshot of files.
    func commit(_ name: String, on parent: String? = nil, files: [(String, String)] = []) throws {
        let mounts = try prepare("\(name)-active", on: parent)
        do {
            let mount = try DetachedMount(mounts)
            for (file, content) in files { try mount.write(file, content) }
        }
        _ = try call(SnapshotCommit(snapshot: name, key: "\(name)-active"))
    }

    func apply(
        _ blob: [UInt8], to name: String, mounts: [Mount], mediaType: String = layerType
    ) throws -> DifferApply.Result {
        let file = try memoryFile(blob)
        return try call(DifferApply(mediaType: mediaType, key: name, mounts: mounts), descriptors: [file])
    }

    /// Unpacks a layer into a new snapshot and commits it.
    func commitLayer(_ name: String, on parent: String? = nil, _ build: (inout TarBuilder) -> Void) throws {
        var tar = TarBuilder()
        build(&tar)
        let mounts = try prepare("\(name)-active", on: parent)
        _ = try apply(tar.finished(), to: "\(name)-active", mounts: mounts)
        _ = try call(SnapshotCommit(snapshot: name, key: "\(name)-active"))
    }
}
