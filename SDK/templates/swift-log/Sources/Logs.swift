import BerthAPI
import LinuxSystem
import PluginKit
import Synchronization

/// The driver: a folder for each container.
final class Logs: LogDriver {
    private let root: Folder
    private let logs = Mutex<[String: ContainerLog]>([:])
    private let turns = KeyLocks()
    private let readers: LogReaders

    init(root: String) throws {
        self.root = try Folder.open(root + "/logs", creating: true)
        readers = try LogReaders()
    }

    /// What the shim minds is not the driver's.
    func validate(_ options: [String: String]) throws {
        if let option = options.keys.sorted().first(where: { $0 != "mode" && $0 != "max-buffer-size" }) {
            throw BerthError(.invalidArgument, "unknown log opt '\(option)' for skeleton log driver")
        }
    }

    func open(_ request: LogOpen, stream: SharedDescriptor) throws -> LogOpen.Result {
        try validate(request.options)
        try turns.hold([request.container]) {
            let log = try find(request.container, creating: true)!
            leave(log)
            log.setLive(true)
            let reader = try LogStreamReader(stream, from: log.view.withLock { $0.sequence }) { try log.append($0) }
            log.view.withLock { $0.stream = reader }
        }
        return LogOpen.Result()
    }

    func close(_ container: String) throws {
        guard let log = try find(container) else { return }
        log.view.withLock { $0.stream }?.waitForEnd(until: .now + .seconds(1))
        try turns.hold([container]) {
            leave(log)
            try log.end()
        }
    }

    func read(_ request: LogRead) throws -> SharedDescriptor {
        guard let log = try find(request.container) else { return try LogReaders.nothing() }
        let reader = Reader(log, request)
        return try readers.start(cancel: { reader.cancel() }) { reader.run($0) }
    }

    func rotate(_ container: String) throws {
        guard let log = try find(container) else {
            throw BerthError(.notFound, "container \(container) has no log", object: "container \(container)")
        }
        try log.rotate()
    }

    func remove(_ container: String) throws {
        try turns.hold([container]) {
            guard let log = try find(container) else { return }
            leave(log)
            log.setLive(false)
            logs.withLock { $0[container] = nil }
            try TreeRemover.remove(root.raw, BytePath(container))
        }
    }

    func reconcile(_ containers: [String]) throws -> LogReconcile.Result {
        let surplus = try root.names().sorted().filter { !containers.contains($0) }
        for container in surplus { try remove(container) }
        return LogReconcile.Result(removed: surplus, open: open)
    }

    func list() throws -> LogList.Result { LogList.Result(containers: try root.names().sorted(), open: open) }

    private var open: [String] {
        logs.withLock { $0 }.filter { $0.value.view.withLock { $0.stream != nil } }.keys.sorted()
    }

    private func leave(_ log: ContainerLog) {
        let stream = log.view.withLock { view in
            defer { view.stream = nil }
            return view.stream
        }
        stream?.stop()
    }

    /// - Returns: nil for a container that has no log.
    private func find(_ container: String, creating: Bool = false) throws -> ContainerLog? {
        let fits = container.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
        guard fits, !container.hasPrefix("."), (1...128).contains(container.utf8.count) else {
            throw BerthError(.invalidArgument, "'\(container)' is no container's identifier")
        }
        return try logs.withLock { logs in
            if let log = logs[container] { return log }
            guard creating || fileExists("\(root.path)/\(container)") else { return nil }
            let log = try ContainerLog(try root.folder(container, creating: creating))
            logs[container] = log
            return log
        }
    }
}
