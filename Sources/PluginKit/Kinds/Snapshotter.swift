import BerthAPI
import JSONRPC
import LinuxSystem

/// What a snapshotter does; the semantics are those of the methods in BerthAPI's `Kinds/Snapshotter.swift`.
///
/// Calls come from several threads at once, for the same key too.
public protocol SnapshotterDriver: Sendable {
    func prepare(_ request: SnapshotPrepare) throws -> [Mount]
    func view(_ request: SnapshotView) throws -> [Mount]
    func commit(_ request: SnapshotCommit) throws
    func mounts(_ key: String) throws -> [Mount]
    func stat(_ key: String) throws -> SnapshotInfo
    func usage(_ key: String) throws -> SnapshotUsage.Result
    func update(_ key: String, labels: [String: String]) throws -> SnapshotInfo
    func remove(_ key: String) throws
    func list(_ filter: SnapshotList) throws -> [SnapshotInfo]
    /// - Returns: how many leftovers were freed.
    func cleanup() throws -> Int
}

/// What unpacks layers.
public protocol DifferDriver: Sendable {
    /// - Parameters:
    ///   - blob: a regular file, to be read from its beginning whatever its offset: a repeated call brings the same.
    ///   - progress: to be called now and then with the bytes of the blob read so far; throws when the caller has
    ///     given up. A cancelled call is answered at once and its repetition may follow: after a wait for another call,
    ///     call this before the first change.
    func apply(
        _ request: DifferApply, blob: SharedDescriptor, progress: (Int64) throws -> Void
    ) throws -> DifferApply.Result
}

/// What a differ with the capability `diff` does too.
public protocol DiffingDriver: DifferDriver {
    /// - Parameters:
    ///   - file: a regular file, to be emptied first.
    ///   - progress: to be called now and then with the bytes of the tar stream so far; throws when the caller has
    ///     given up.
    func diff(
        _ request: DifferDiff, file: SharedDescriptor, progress: @escaping (Int64) throws -> Void
    ) throws -> DifferDiff.Result

    /// - Parameters:
    ///   - file: a regular file, to be emptied first.
    ///   - progress: to be called now and then with the bytes written; throws when the caller has given up.
    /// - Returns: how many changes there are.
    func changes(
        _ request: DifferChanges, file: SharedDescriptor, progress: @escaping (Int64) throws -> Void
    ) throws -> Int
}

extension Plugin where Driver: SnapshotterDriver {
    /// Answers the methods of the kind `snapshotter`.
    public func serveSnapshotter() {
        on(SnapshotPrepare.self) { driver, request, _ in SnapshotMounts(mounts: try driver.prepare(request)) }
        on(SnapshotView.self) { driver, request, _ in SnapshotMounts(mounts: try driver.view(request)) }
        on(SnapshotCommit.self) { driver, request, _ in
            try driver.commit(request)
            return Empty()
        }
        on(SnapshotGetMounts.self) { driver, request, _ in SnapshotMounts(mounts: try driver.mounts(request.key)) }
        on(SnapshotStat.self) { driver, request, _ in try driver.stat(request.key) }
        on(SnapshotUsage.self) { driver, request, _ in try driver.usage(request.key) }
        on(SnapshotUpdate.self) { driver, request, _ in try driver.update(request.key, labels: request.labels) }
        on(SnapshotRemove.self) { driver, request, _ in
            try driver.remove(request.key)
            return Empty()
        }
        on(SnapshotList.self) { driver, request, _ in try driver.list(request) }
        on(SnapshotCleanup.self) { driver, _, _ in SnapshotCleanup.Result(removed: try driver.cleanup()) }
    }
}

extension Plugin where Driver: DifferDriver {
    /// Bytes of the blob between two notifications of progress.
    private static var progressStep: Int64 { 1 << 20 }

    /// Answers the methods of the kind `differ`.
    public func serveDiffer() {
        on(DifferApply.self) { driver, request, context in
            let blob = try Self.descriptor(of: "the blob", context)
            return try driver.apply(request, blob: blob, progress: Self.progress(context))
        }
    }

    fileprivate static func descriptor(
        of what: String, _ context: RequestContext
    ) throws(BerthError) -> SharedDescriptor {
        guard let descriptor = context.takeDescriptor() else {
            throw BerthError(.invalidArgument, "\(context.method) came without the descriptor of \(what)")
        }
        return descriptor
    }

    /// Tells the caller, and throws when it has given up.
    fileprivate static func progress(_ context: RequestContext) -> (Int64) throws -> Void {
        var reported: Int64 = 0
        return { count in
            try Caller(context).check()
            if count - reported >= progressStep {
                reported = count
                context.progress(count)
            }
        }
    }
}

extension Plugin where Driver: DiffingDriver {
    /// Answers what a differ with the capability `diff` answers too.
    public func serveDiffs() {
        on(DifferDiff.self) { driver, request, context in
            let file = try Self.descriptor(of: "a file", context)
            return try driver.diff(request, file: file, progress: Self.progress(context))
        }
        on(DifferChanges.self) { driver, request, context in
            let file = try Self.descriptor(of: "a file", context)
            return .init(count: try driver.changes(request, file: file, progress: Self.progress(context)))
        }
    }
}
