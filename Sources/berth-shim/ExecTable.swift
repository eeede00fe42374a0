import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

/// A further process of the container.
final class ExecProcess {
    let key: String
    /// nil until it was launched.
    private(set) var pid: CInt?
    /// nil after the end, when only the code is kept.
    private(set) var streams: ProcessStreams?
    var terminal: SharedDescriptor?
    var launcher: Launcher?
    private var pidfd: SharedDescriptor?
    private(set) var exitCode: Int?
    private(set) var timedOut = false
    private(set) var isLimited = false
    private var timer: LoopTimer?
    /// Answers to `shim.exec`, and to `shim.execWait`.
    private var launchWaiters: [RequestContext] = []
    private var exitWaiters: [RequestContext] = []

    init(key: String, streams: ProcessStreams) {
        self.key = key
        self.streams = streams
    }

    // MARK: Launch

    /// Answers now or when it is launched.
    func waitForLaunch(_ context: RequestContext) {
        if let pid { context.respond(ShimExec.Result(pid: Int(pid))) } else { launchWaiters.append(context) }
    }

    func hasPID(_ pid: CInt) throws {
        pidfd = try ProcessDescriptor.open(pid).shared()
        self.pid = pid
    }

    /// Runs `action` when it has not ended by then.
    func limit(_ time: Duration, _ loop: EventLoop, _ action: @escaping @Sendable () -> Void) {
        isLimited = true
        timer = loop.schedule(after: time, action)
    }

    func timeIsOver() { timedOut = true }

    /// There is no limit any more.
    func unlimit(_ loop: EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    func launched() {
        launcher = nil
        for waiter in launchWaiters { waitForLaunch(waiter) }
        launchWaiters = []
    }

    func failed(_ error: BerthError) {
        launcher = nil
        for waiter in launchWaiters + exitWaiters { waiter.fail(error.rpcError) }
        (launchWaiters, exitWaiters) = ([], [])
    }

    func signal(_ signal: CInt) throws {
        guard let pidfd else { return }
        do {
            try ProcessDescriptor.signal(pidfd.raw, signal)
        } catch {
            guard error.errno == .noProcess else { throw error }
        }
    }

    // MARK: End

    /// Answers now or when the end has come.
    func wait(_ context: RequestContext) {
        if let exitCode {
            context.respond(ShimExecWait.Result(exitCode: exitCode, timedOut: timedOut ? true : nil))
        } else {
            exitWaiters.removeAll { $0.isCancelled }
            exitWaiters.append(context)
        }
    }

    func ended(_ code: Int) {
        exitCode = code
        for waiter in exitWaiters { wait(waiter) }
        exitWaiters = []
        (pidfd, terminal) = (nil, nil)
    }

    /// Lets go of the streams, when their last reader has.
    func forgetStreams() { streams = nil }
}

/// The container's execs by their keys: those that run, and of those that have ended the latest.
struct ExecTable {
    private static let keptAfterEnd = 1024
    /// Of those with a limit, which come again and again and are waited for from their beginning.
    private static let keptOfLimited = 4

    private var processes: [String: ExecProcess] = [:]
    private var ended: [String] = []
    private var limited: [String] = []

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
    mutating func remove(_ key: String) { processes[key] = nil }

    mutating func noteEnd(of process: ExecProcess) {
        if process.isLimited {
            limited.append(process.key)
            if limited.count > Self.keptOfLimited { processes[limited.removeFirst()] = nil }
        } else {
            ended.append(process.key)
            if ended.count > Self.keptAfterEnd { processes[ended.removeFirst()] = nil }
        }
    }
}
