import BerthAPI
import JSONRPC
import LinuxSystem
import Synchronization

/// The contract of snapshotters, and of the differ that one serves for its own snapshots.
public struct SnapshotterSuite: ConformanceSuite {
    private let connect: @Sendable () throws -> Connection
    public let capabilities: Set<String>
    public let kind = PluginKind.snapshotter

    /// - Parameters:
    ///   - capabilities: what the plugin named in its handshake.
    ///   - connect: opens a connection to the initialized plugin, on a loop that runs on another thread.
    public init(capabilities: Set<String>, connect: @escaping @Sendable () throws -> Connection) {
        self.capabilities = capabilities
        self.connect = connect
    }

    public var checks: [Check<SnapshotterSubject>] { Self.states + Self.contents + Self.layers }

    public func makeSubject() throws -> SnapshotterSubject { SnapshotterSubject(try connect()) }

    public func discard(_ subject: SnapshotterSubject) throws { try subject.finish() }
}

/// A connection, and keys that no other check uses.
public final class SnapshotterSubject: Sendable {
    private let connection: Connection
    private let prefix = "check-\(UInt64.random(in: 0...UInt64.max))"
    private let used = Mutex<Set<String>>([])

    init(_ connection: Connection) { self.connection = connection }

    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        do {
            return try connection.callBlocking(method, timeout: .seconds(60), descriptors: descriptors).result
        } catch {
            throw BerthError(error)
        }
    }

    /// A key of this check's; removed at its end.
    func key(_ name: String) -> String {
        let key = "\(prefix)-\(name)"
        used.withLock { _ = $0.insert(key) }
        return key
    }

    func owns(_ info: SnapshotInfo) -> Bool { used.withLock { $0.contains(info.key) } }

    /// Removes everything of this check, children before their parents.
    func finish() throws {
        defer { connection.close() }
        var left = used.withLock { $0 }
        while !left.isEmpty {
            let before = left.count
            for key in left {
                do {
                    _ = try call(SnapshotRemove(key: key))
                    left.remove(key)
                } catch let error as BerthError where error.kind == .failedPrecondition {}
            }
            try require(left.count < before, "these snapshots cannot be removed: \(left.sorted())")
        }
    }

    // MARK: Steps that several checks take

    func prepare(_ name: String, on parent: String? = nil) throws -> [Mount] {
        try call(SnapshotPrepare(key: key(name), parent: parent.map { key($0) })).mounts
    }

    func view(_ name: String, of parent: String) throws -> [Mount] {
        try call(SnapshotView(key: key(name), parent: key(parent))).mounts
    }

    /// Makes a committed snapshot of files.
    func commit(_ name: String, on parent: String? = nil, files: [(String, String)] = []) throws {
        let mounts = try prepare("\(name)-active", on: parent)
        do {
            let mount = try DetachedMount(mounts)
            for (file, content) in files { try mount.write(file, content) }
        }
        _ = try call(SnapshotCommit(snapshot: key(name), key: key("\(name)-active")))
    }

    func apply(_ blob: [UInt8], to name: String, mounts: [Mount]) throws -> DifferApply.Result {
        let file = try memoryFile(blob)
        return try call(
            DifferApply(mediaType: "application/vnd.oci.image.layer.v1.tar", key: key(name), mounts: mounts),
            descriptors: [file])
    }

    /// Unpacks a layer into a new snapshot and commits it.
    func commitLayer(_ name: String, on parent: String? = nil, _ build: (inout TarBuilder) -> Void) throws {
        var tar = TarBuilder()
        build(&tar)
        let mounts = try prepare("\(name)-active", on: parent)
        _ = try apply(tar.finished(), to: "\(name)-active", mounts: mounts)
        _ = try call(SnapshotCommit(snapshot: key(name), key: key("\(name)-active")))
    }
}
