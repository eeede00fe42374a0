import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// Volumes as folders. They are mounted in containers' namespaces by the runtime, never here.
final class LocalVolumes: VolumeDriver {
    private struct Volume: Sendable {
        /// Nil when it cannot be read: the volume is kept, and not used.
        var record: VolumeRecord?
        var uses: Set<String>
    }

    private let folder: VolumeFolder
    private let volumes: Mutex<[String: Volume]>

    init(root: String) throws {
        folder = try VolumeFolder(root: root)
        var found: [String: Volume] = [:]
        for name in try folder.names() { found[name] = Self.load(name, folder) }
        volumes = Mutex(found)
    }

    private static func load(_ name: String, _ folder: VolumeFolder) -> Volume {
        do {
            return Volume(record: try folder.readRecord(name), uses: try folder.readUses(name))
        } catch {
            PluginLog.error("a volume cannot be read", [("volume", JSON(name)), ("error", JSON("\(error)"))])
            return Volume(record: nil, uses: [])
        }
    }

    var count: Int { volumes.withLock { $0.count } }

    // MARK: Making and removing

    func create(_ request: VolumeDriverCreate) throws -> VolumeDriverInfo {
        try Self.check(request.volume)
        try VolumeOptions.check(request.options)
        return try volumes.withLock { volumes in
            try Caller.current.check()
            if let existing = volumes[request.volume] {
                return info(request.volume, try record(existing, request.volume))
            }
            let record = VolumeRecord(
                options: request.options, labels: request.labels, createdAt: Timestamp(nanoseconds: Host.now))
            try folder.make(request.volume, record)
            volumes[request.volume] = Volume(record: record, uses: [])
            return info(request.volume, record)
        }
    }

    func remove(_ name: String) throws {
        let trash: String? = try volumes.withLock { volumes in
            try Caller.current.check()
            guard let volume = volumes[name] else { return nil }
            guard volume.uses.isEmpty else {
                throw BerthError(
                    .failedPrecondition,
                    "volume \(name) is mounted by container \(volume.uses.sorted().joined(separator: ", "))",
                    object: "volume \(name)")
            }
            let trash = try folder.discard(name)
            volumes[name] = nil
            return trash
        }
        // Without the lock: a large volume takes its time, and the name is free already.
        if let trash { try folder.empty(trash) }
    }

    // MARK: Mounting

    func mount(_ name: String, container: String) throws -> Mount {
        try volumes.withLock { volumes in
            try Caller.current.check()
            guard let volume = volumes[name] else { throw missing(name) }
            let record = try record(volume, name)
            try setUses(volume.uses.union([container]), of: name, &volumes)
            return VolumeOptions.mount(record.options)
                ?? Mount(type: "bind", source: folder.path(of: name), options: ["rbind", "copyup"])
        }
    }

    func unmount(_ name: String, container: String) throws {
        try volumes.withLock { volumes in
            try Caller.current.check()
            guard let volume = volumes[name] else { return }
            try setUses(volume.uses.subtracting([container]), of: name, &volumes)
        }
    }

    private func setUses(_ uses: Set<String>, of name: String, _ volumes: inout [String: Volume]) throws {
        guard let volume = volumes[name], volume.uses != uses else { return }
        do {
            try folder.writeUses(uses, of: name)
        } catch let error as SystemError where error.errno == .noSpace && uses.isSubset(of: volume.uses) {
            // A use that is over is over on a full disk too: the next process is told by `volume.reconcile`.
            PluginLog.warning("the uses of volume \(name) are not up to date", [("error", JSON("\(error)"))])
        }
        volumes[name]?.uses = uses
    }

    // MARK: Asking

    func inspect(_ name: String) throws -> VolumeDriverInfo {
        guard let volume = volumes.withLock({ $0[name] }) else { throw missing(name) }
        return info(name, try record(volume, name))
    }

    func list() throws -> [VolumeDriverInfo] {
        volumes.withLock { $0 }.compactMap { name, volume in volume.record.map { info(name, $0) } }
            .sorted { $0.volume < $1.volume }
    }

    func usage(_ name: String) throws -> VolumeUsage.Result {
        guard volumes.withLock({ $0[name] }) != nil else { throw missing(name) }
        let data = try folder.openData(name)
        let usage = try withExtendedLifetime(data) { try TreeUsage.measure(data.raw) }
        return VolumeUsage.Result(size: usage.allocated, inodes: usage.inodes)
    }

    func reconcile(_ uses: [String: [String]]) throws -> [String] {
        try volumes.withLock { volumes in
            try Caller.current.check()
            for name in volumes.keys { try setUses(Set(uses[name] ?? []), of: name, &volumes) }
            return volumes.keys.filter { uses[$0] == nil }.sorted()
        }
    }

    // MARK: Answers

    private func info(_ name: String, _ record: VolumeRecord) -> VolumeDriverInfo {
        VolumeDriverInfo(volume: name, mountpoint: folder.path(of: name), createdAt: record.createdAt)
    }

    private func record(_ volume: Volume, _ name: String) throws -> VolumeRecord {
        guard let record = volume.record else {
            throw BerthError(
                .corrupted, "the record of volume \(name) cannot be read", object: "volume \(name)",
                hint: "its content is in \(folder.path(of: name))")
        }
        return record
    }

    private func missing(_ name: String) -> BerthError {
        BerthError(.notFound, "no such volume: \(name)", object: "volume \(name)")
    }

    /// docker's names: they are names of folders too.
    private static func check(_ name: String) throws {
        let fits = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
        guard fits, let first = name.first, first.isLetter || first.isNumber, name.utf8.count <= 200 else {
            throw BerthError(
                .invalidArgument, "'\(name)' is no name for a volume: it takes letters, digits, '_', '.' and '-'",
                object: "volume \(name)")
        }
    }
}
