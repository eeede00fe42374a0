import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// A container's shim, seen from the daemon.
final class ShimClient: Sendable {
    /// What a shim tells by itself.
    enum Report: Sendable {
        /// The kernel has killed a process of the container for want of memory.
        case outOfMemory
        case exited(ExitRecord)
        /// Its connection is gone, with the reason.
        case lost(String)
    }

    let connection: Connection

    /// - Parameter report: Called on the loop.
    init(socket: consuming Descriptor, loop: EventLoop, report: @escaping @Sendable (Report) -> Void) throws {
        connection = try Connection(socket: socket, loop: loop, service: ShimListener(report: report))
        connection.onClose { reason in report(.lost("\(reason)")) }
    }

    /// - Throws: `BerthError`.
    func call<M: Method>(
        _ method: M, timeout: Duration = .seconds(30), descriptors: [SharedDescriptor] = []
    ) async throws -> Reply<M.Result> {
        do {
            return try await Operation.noting(M.name, of: "shim") {
                try await connection.reply(to: method, timeout: timeout, descriptors: descriptors)
            }
        } catch {
            throw isLost(error) ? Self.lost : BerthError(caught: error)
        }
    }

    /// Whether there is nobody to call: the process is gone, or its end of the connection.
    private func isLost(_ error: any Error) -> Bool {
        (error as? RPCError)?.code == RPCError.connectionClosedCode && connection.endReason != Self.containerEnded
    }

    fileprivate static let lost = BerthError(.unavailable, "the container's shim was lost")
    private static let containerEnded = "the container has ended"

    func close() { connection.close(reason: Self.containerEnded) }
}

private struct ShimListener: Service {
    let report: @Sendable (ShimClient.Report) -> Void

    func handle(_ request: RequestContext) { request.fail(.methodNotFound(request.method)) }

    func handle(_ notification: ReceivedNotification) {
        switch notification.method {
        case ShimOutOfMemory.name: report(.outOfMemory)
        case ShimExited.name:
            guard let exited = try? notification.params.decode(ShimExited.self) else { return }
            report(.exited(exited.exit))
        default: return
        }
    }
}

/// Where a container's shim listens, and how it is started.
extension ContainerServices {
    func shimSocket(of id: String) -> String { "\(bundle(of: id))/shim.sock" }

    /// Starts a shim that listens before this returns.
    ///
    /// - Parameter logStream: The shim's end of the log stream.
    func spawnShim(for id: String, logStream: SharedDescriptor?) throws {
        let bundle = bundle(of: id)
        let listener = try UnixSocket.listen(at: shimSocket(of: id), replacing: true).shared()
        let log = try openForAppending("\(bundle)/shim.log").shared()
        let null = try openNullDevice()
        var request = SpawnRequest(.descriptor(shim), arguments: ["berth-shim", "--id", id, "--bundle", bundle])
        request.descriptors = [0: null, 1: log, 2: log, 3: listener]
        if let logStream { request.descriptors[4] = logStream }
        request.newSession = true
        let process = try spawn(request)
        try ContainerLeftovers(bundle: bundle, logger: logger).record(shim: process.pid)
        reap(process)
    }

    /// The shim outlives the daemon, but while both live the daemon is its parent.
    private func reap(_ process: consuming SpawnedProcess) {
        let pid = process.pid
        watchEnd(process.shared(), pid: pid)
    }

    private func watchEnd(_ pidfd: SharedDescriptor, pid: CInt) {
        do {
            try loop.watchExit(ofProcess: pidfd.raw) { _ = try? ProcessDescriptor.wait(pidfd.raw, block: false) }
        } catch {
            logger.warning("shim \(pid) cannot be watched: \(error)")
        }
    }

    /// Of a shim that the program before this one in the daemon's process started: it is this process's child, and its
    /// status has to be taken.
    func reapShim(of id: String) {
        guard let bytes = try? readFile("\(bundle(of: id))/shim.json", limit: 64 << 10),
            let pid = (try? JSON(parsing: bytes))?["shim"]?.int, ProcessIdentity.isChild(CInt(truncatingIfNeeded: pid)),
            let process = try? ProcessDescriptor.open(CInt(truncatingIfNeeded: pid)).shared()
        else { return }
        watchEnd(process, pid: CInt(truncatingIfNeeded: pid))
    }

    /// - Throws: `BerthError` when nobody listens: the shim is gone.
    func connectShim(
        of id: String, report: @escaping @Sendable (ShimClient.Report) -> Void
    ) throws -> ShimClient {
        do {
            return try ShimClient(socket: try UnixSocket.connect(to: shimSocket(of: id)), loop: loop, report: report)
        } catch let error as SystemError where error.errno == .connectionRefused {
            throw ShimClient.lost
        }
    }
}
