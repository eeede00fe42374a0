import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// Volumes as folders:
///
///     <state>/records/<volume>    when it was made, who uses it
///     <state>/volumes/<volume>/   the content
final class Volumes: VolumeDriver {
    private struct Record: Codable, Sendable {
        var createdAt: Timestamp
        var uses: Set<String> = []
    }

    private let root: String
    private let records: Folder
    private let contents: Folder
    /// Calls come from several threads at once.
    private let volumes: Mutex<[String: Record]>

    init(root: String) throws {
        self.root = root
        records = try Folder.open(root + "/records", creating: true)
        contents = try Folder.open(root + "/volumes", creating: true)
        var found: [String: Record] = [:]
        for name in try records.names() where !name.hasPrefix(".") {
            found[name] = try JSON(parsing: try readFile("\(root)/records/\(name)")).decode(Record.self)
        }
        volumes = Mutex(found)
    }

    func create(_ request: VolumeDriverCreate) throws -> VolumeDriverInfo {
        try check(request)
        return try volumes.withLock { volumes in
            try Caller.current.check()
            if volumes[request.volume] == nil {
                let folder = try contents.folder(request.volume, creating: true)
                try OpenFile.setMode(folder.raw, 0o755)
                try save(Record(createdAt: Timestamp(nanoseconds: Host.now)), request.volume, &volumes)
            }
            return info(request.volume, volumes[request.volume]!)
        }
    }

    func remove(_ name: String) throws {
        try volumes.withLock { volumes in
            try Caller.current.check()
            guard let record = volumes[name] else { return }
            guard record.uses.isEmpty else {
                throw BerthError(.failedPrecondition, "volume \(name) is mounted", object: "volume \(name)")
            }
            try TreeRemover.remove(contents.raw, BytePath(name))
            try removeFile("\(root)/records/\(name)")
            volumes[name] = nil
        }
    }

    func mount(_ name: String, container: String) throws -> Mount {
        try volumes.withLock { volumes in
            try Caller.current.check()
            var record = try find(name, volumes)
            record.uses.insert(container)
            try save(record, name, &volumes)
            return Mount(type: "bind", source: "\(contents.path)/\(name)", options: ["rbind", "copyup"])
        }
    }

    func unmount(_ name: String, container: String) throws {
        try volumes.withLock { volumes in
            try Caller.current.check()
            guard var record = volumes[name] else { return }
            record.uses.remove(container)
            try save(record, name, &volumes)
        }
    }

    func inspect(_ name: String) throws -> VolumeDriverInfo {
        try volumes.withLock { info(name, try find(name, $0)) }
    }

    func list() throws -> [VolumeDriverInfo] {
        volumes.withLock { $0 }.map { info($0, $1) }.sorted { $0.volume < $1.volume }
    }

    func usage(_ name: String) throws -> VolumeUsage.Result {
        _ = try inspect(name)
        let folder = try contents.folder(name)
        let usage = try withExtendedLifetime(folder) { try TreeUsage.measure(folder.raw) }
        return VolumeUsage.Result(size: usage.allocated, inodes: usage.inodes)
    }

    func reconcile(_ uses: [String: [String]]) throws -> [String] {
        try volumes.withLock { volumes in
            try Caller.current.check()
            for (name, var record) in volumes where record.uses != Set(uses[name] ?? []) {
                record.uses = Set(uses[name] ?? [])
                try save(record, name, &volumes)
            }
            return volumes.keys.filter { uses[$0] == nil }.sorted()
        }
    }

    // MARK: Records

    private func save(_ record: Record, _ name: String, _ volumes: inout [String: Record]) throws {
        try records.replace(name, with: try JSON(encoding: record).serialized())
        volumes[name] = record
    }

    private func find(_ name: String, _ volumes: [String: Record]) throws -> Record {
        guard let record = volumes[name] else {
            throw BerthError(.notFound, "there is no volume \(name)", object: "volume \(name)")
        }
        return record
    }

    private func info(_ name: String, _ record: Record) -> VolumeDriverInfo {
        VolumeDriverInfo(volume: name, mountpoint: "\(contents.path)/\(name)", createdAt: record.createdAt)
    }

    private func check(_ request: VolumeDriverCreate) throws {
        let name = request.volume
        let fits = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
        guard fits, let first = name.first, first.isLetter || first.isNumber, name.utf8.count <= 128 else {
            throw BerthError(.invalidArgument, "'\(name)' is no name for a volume", object: "volume \(name)")
        }
        if let option = request.options.keys.sorted().first {
            throw BerthError(.invalidArgument, "unknown volume opt '\(option)' for skeleton volume driver")
        }
    }
}
