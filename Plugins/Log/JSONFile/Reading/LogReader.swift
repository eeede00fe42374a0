import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// Sends lines of a log to one reader. It reads the files by itself; from the writer it only learns how far it may.
final class LogReader: Sendable {
    private let log: ContainerLog
    private let request: LogRead
    private let files: [LogPart]
    private let cancelled = Atomic(false)

    /// Notes which files there are and where to begin.
    init(_ log: ContainerLog, _ request: LogRead) throws {
        self.log = log
        self.request = request
        files = try LogPart.plan(of: log, request)
    }

    /// Ends the reader: nobody listens.
    func cancel() {
        cancelled.store(true, ordering: .relaxed)
        log.view.wakeAll()
    }

    func run(_ socket: SharedDescriptor) {
        let sender = LineSender(request, socket: socket.raw)
        do {
            for file in files where !sender.isFinished {
                try sender.send(file.descriptor.raw, from: file.start, to: file.end)
            }
            if request.follow, let last = files.last { try follow(last, sender) }
        } catch let error as SystemError where error.errno == .brokenPipe || error.errno == .connectionReset {
            // It has seen enough.
        } catch {
            PluginLog.warning("a log cannot be read", [("log", JSON(log.path)), ("error", JSON("\(error)"))])
        }
    }

    // MARK: Following

    private enum News {
        case grown(Int64)
        case rotated
        case ended
    }

    private func follow(_ last: LogPart, _ sender: LineSender) throws {
        var (file, generation, position) = (last.descriptor, last.generation, last.end)
        while !sender.isFinished {
            switch news(generation, position) {
            case .grown(let size):
                try sender.send(file.raw, from: position, to: size)
                position = size
            case .rotated:
                try sender.send(file.raw, from: position, to: try RegularFile.size(file.raw))
                guard let next = try LogPart.successor(of: generation, in: log) else { return }
                (file, generation, position) = (next.descriptor, next.generation, 0)
            case .ended: return
            }
        }
    }

    private func news(_ generation: UInt64, _ position: Int64) -> News {
        log.view.wait { view in
            if self.cancelled.load(ordering: .relaxed) { return .ended }
            if view.generation != generation { return .rotated }
            if view.size > position { return .grown(view.size) }
            return view.isLive ? nil : .ended
        }!
    }
}
