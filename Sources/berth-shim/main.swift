import JSONRPC
import LinuxSystem

// berth-shim --id ID --bundle DIR; descriptor 3 is the listening socket, 4 the log stream unless the container writes
// no log. One thread, one loop: see Docs/run.md.

/// The value after a flag.
func argument(_ flag: String) -> String? {
    let arguments = CommandLine.arguments
    guard let index = arguments.firstIndex(of: flag), index + 1 < arguments.count else { return nil }
    return arguments[index + 1]
}

/// Refused to whom the daemon has made a leader already.
func leadSession() throws(SystemError) {
    do {
        try CurrentProcess.setNewSession()
    } catch {
        guard error.errno == .notPermitted else { throw error }
    }
}

func run(id: String, bundle: String) throws {
    let (listenerNumber, logNumber): (CInt, CInt) = (3, 4)
    guard StreamIO.isSocket(listenerNumber) else {
        throw SystemError(.badDescriptor, "berth-shim", "descriptor 3 is not a listening socket")
    }
    let listener = try adoptDescriptor(listenerNumber)
    let log = StreamIO.isSocket(logNumber) ? try adoptDescriptor(logNumber).shared() : nil
    // A stray signal to the shim must not become the end of the container.
    ignoreSignals([SignalNumber.hangUp, .interrupt, .terminate, .brokenPipe].map(\.rawValue))
    try CurrentProcess.adoptOrphans()

    let loop = try EventLoop()
    let shim = Shim(id: id, bundle: bundle, loop: loop, logStream: log)
    try loop.onSignal(SignalNumber.child.rawValue) { shim.reapChildren() }
    var limits = Limits()
    limits.messageBytes = 1 << 20
    limits.outgoingBytes = 1 << 20
    let server = try Listener(
        socket: listener, loop: loop, connections: 64, limits: limits, service: ShimService.router(for: shim))
    loop.run()
    withExtendedLifetime(server) {}
}

/// The numbers that the shim needs.
enum SignalNumber: CInt {
    case hangUp = 1
    case interrupt = 2
    case brokenPipe = 13
    case terminate = 15
    case child = 17
}

guard let id = argument("--id"), let bundle = argument("--bundle"), bundle.hasPrefix("/") else {
    Shim.report("usage: berth-shim --id ID --bundle DIR, with a listening socket as descriptor 3")
    endProcess(2)
}
do {
    try leadSession()
    try run(id: id, bundle: bundle)
    endProcess(0)
} catch {
    Shim.report("berth-shim: \(error)")
    endProcess(1)
}
