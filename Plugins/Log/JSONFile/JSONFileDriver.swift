import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// Keeps containers' logs as files. One thread takes in the streams of all containers; each reader has its own.
final class JSONFileDriver: LogDriver {
    private let root: Folder
    private let logs = Mutex<[String: ContainerLog]>([:])
    private let loop: EventLoop
    private let streams: LogStreams
    private let readers: LogReaders

    init(root: String) throws {
        self.root = try Folder.open(root, creating: true)
        loop = try EventLoop()
        streams = LogStreams(loop: loop)
        readers = try LogReaders(loop: loop)
        let loop = loop
        try Thread.spawn(name: "log-streams", stackSize: 1 << 20) { loop.run() }
    }

    func validate(_ options: [String: String]) throws { _ = try LogOptions(options) }

    // MARK: Streams

    func open(_ request: LogOpen, stream: SharedDescriptor) throws -> LogOpen.Result {
        let options = try LogOptions(request.options)
        let attributes = try options.attributes(of: request)
        let log = try log(request.container, creating: true)!
        try onLoop { streams in
            try streams.open(log, options: options, attributes: attributes, stream: stream)
        }
        return LogOpen.Result(path: log.path)
    }

    func close(_ container: String) throws {
        guard let log = try log(container) else { return }
        let ended = Monitor(false)
        loop.execute { [streams] in
            streams.whenEnded(container) {
                ended.withLock { $0 = true }
                ended.wakeAll()
            }
        }
        _ = ended.wait { $0 ? true : nil }
        try onLoop { try $0.close(log) }
    }

    func rotate(_ container: String) throws {
        guard let log = try log(container) else {
            throw BerthError(.notFound, "container \(container) has no log", object: "container \(container)")
        }
        try onLoop { try $0.rotate(log) }
    }

    // MARK: Logs

    func read(_ request: LogRead) throws -> SharedDescriptor {
        guard let log = try log(request.container) else { return try LogReaders.nothing() }
        let reader = try LogReader(log, request)
        return try readers.start(cancel: { reader.cancel() }) { reader.run($0) }
    }

    func remove(_ container: String) throws {
        guard let log = try log(container) else { return }
        try onLoop { $0.drop(container) }
        log.publish { $0.isLive = false }
        logs.withLock { $0[container] = nil }
        try TreeRemover.remove(root.raw, BytePath(container))
    }

    func reconcile(_ containers: [String]) throws -> LogReconcile.Result {
        let wanted = Set(containers)
        var removed: [String] = []
        for name in try root.names().sorted() where !wanted.contains(name) {
            do {
                try remove(name)
                removed.append(name)
            } catch {
                PluginLog.warning("a log cannot be removed", [("name", JSON(name)), ("error", JSON("\(error)"))])
            }
        }
        return LogReconcile.Result(removed: removed, open: try onLoop { $0.containers })
    }

    func list() throws -> LogList.Result {
        LogList.Result(containers: try root.names().sorted(), open: try onLoop { $0.containers })
    }

    /// Whether no container's stream is open.
    var isIdle: Bool { streams.count.load(ordering: .relaxed) == 0 }

    func stats() -> JSON {
        JSON.object([("logs", JSON(logs.withLock { $0.count })), ("readers", JSON(readers.count))])
    }

    /// - Returns: nil for a container that has no log.
    private func log(_ container: String, creating: Bool = false) throws -> ContainerLog? {
        try ContainerLog.check(container)
        return try logs.withLock { logs in
            try Caller.current.check()
            if let log = logs[container] { return log }
            do {
                let log = try ContainerLog(
                    container: container, folder: try root.folder(container, creating: creating))
                logs[container] = log
                return log
            } catch let error as SystemError where error.errno == .noEntry && !creating {
                return nil
            }
        }
    }

    /// Runs `body` on the thread of the streams and waits for what it gives.
    private func onLoop<R: Sendable>(_ body: @escaping @Sendable (LogStreams) throws -> R) throws -> R {
        let answer = Monitor<Result<R, any Error>?>(nil)
        let caller = Caller.current
        loop.execute { [streams] in
            let result = Result {
                try caller.check()
                return try body(streams)
            }
            answer.withLock { $0 = result }
            answer.wakeAll()
        }
        return try answer.wait { $0 }!.get()
    }
}
