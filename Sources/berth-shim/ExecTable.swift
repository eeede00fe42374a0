import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

/// A further process of the container.
final class ExecProcess {
    let key: String
    let pid: CInt
    /// nil after the end, when only the code is kept.
    private(set) var streams: ProcessStreams?
    private(set) var terminal: SharedDescriptor?
    private var pidfd: SharedDescriptor?
    private(set) var exitCode: Int?
    private var waiters: [RequestContext] = []

    init(key: String, pid: CInt, pidfd: SharedDescriptor, terminal: SharedDescriptor?, streams: ProcessStreams) {
        self.key = key
        self.pid = pid
        self.pidfd = pidfd
        self.terminal = terminal
        self.streams = streams
    }

    func signal(_ signal: CInt) throws {
        guard let pidfd else { return }
        do {
            try ProcessDescriptor.signal(pidfd.raw, signal)
        } catch {
            guard error.errno == .noProcess else { throw error }
        }
    }

    /// Answers now or when the end has come.
    func wait(_ context: RequestContext) {
        if let exitCode {
            context.respond(ShimExecWait.Result(exitCode: exitCode))
        } else {
            waiters.removeAll { $0.isCancelled }
            waiters.append(context)
        }
    }

    func ended(_ code: Int) {
        exitCode = code
        for waiter in waiters { waiter.respond(ShimExecWait.Result(exitCode: code)) }
        waiters = []
        (pidfd, terminal) = (nil, nil)
    }

    /// Lets go of the streams, when their last reader has.
    func forgetStreams() { streams = nil }
}

/// The container's execs by their keys: those that run, and of those that have ended the latest.
struct ExecTable {
    private static let keptAfterEnd = 1024

    private var processes: [String: ExecProcess] = [:]
    private var ended: [String] = []

    subscript(key: String) -> ExecProcess? { processes[key] }

    var runningKeys: [String] { processes.values.filter { $0.exitCode == nil }.map(\.key).sorted() }

    func find(_ key: String) throws -> ExecProcess {
        guard let process = processes[key] else {
            throw BerthError(.notFound, "there is no exec \(key)", object: "exec \(key)")
        }
        return process
    }

    func running(_ pid: CInt) -> ExecProcess? {
        processes.values.first { $0.pid == pid && $0.exitCode == nil }
    }

    mutating func insert(_ process: ExecProcess) { processes[process.key] = process }

    mutating func noteEnd(of key: String) {
        ended.append(key)
        if ended.count > Self.keptAfterEnd { processes[ended.removeFirst()] = nil }
    }
}
