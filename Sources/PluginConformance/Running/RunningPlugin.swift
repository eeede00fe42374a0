import Confinement
import LinuxSystem
import Synchronization

/// How a plugin's process is started.
struct PluginStart: Sendable {
    var executable: String
    var instance: String
    var listener: SharedDescriptor
    /// Takes what it writes to stdout and stderr, as the supervisor's pipes do, without ever being full.
    var output: SharedDescriptor
    var errors: SharedDescriptor
    /// What stands for the host's network namespace; this process's own when absent.
    var host: NetworkSandbox?
    /// What it is held in; nil for a plugin that runs as this process does.
    var cells: PluginCells?
}

/// One run of a plugin's executable, as the supervisor runs it: its listening socket as descriptor 3, a session of its
/// own. Killed at the latest with its owner.
final class RunningPlugin: Sendable {
    let pid: CInt
    private let pidfd: SharedDescriptor
    private let status = Mutex<ExitStatus?>(nil)
    private let cells: PluginCells?
    private let cell: PluginCell?

    init(_ start: PluginStart) throws {
        var request = SpawnRequest(
            .path(start.executable), arguments: [start.executable, start.instance],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LISTEN_FDS=1", "BERTH_PLUGIN=\(start.instance)"])
        request.descriptors = [0: try openNullDevice(), 1: start.output, 2: start.errors, 3: start.listener]
        request.newSession = true
        // As systemd and the supervisor hand sockets over; the process before may have changed it.
        try UnixSocket.setBlocking(start.listener.raw)
        cells = start.cells
        if let cells {
            let (pid, pidfd, cell) = try cells.start(request, start.executable, host: start.host)
            (self.pid, self.pidfd, self.cell) = (pid, pidfd, cell)
            try cells.watch(cell, pidfd)
        } else {
            (pid, pidfd) = try PluginCells.start(request, in: start.host)
            cell = nil
        }
    }

    deinit { kill() }

    /// How it ended; nil while it runs.
    var exitStatus: ExitStatus? { wait(until: .now) }

    func signal(_ number: CInt) {
        // It fails only when the process has been waited for.
        try? ProcessDescriptor.signal(pidfd.raw, number)
    }

    /// Waits for its end.
    ///
    /// - Returns: nil when it still runs at that time.
    func wait(until deadline: MonotonicTime) -> ExitStatus? {
        status.withLock { status in
            if let status { return status }
            guard StreamPoll.waitReadable(pidfd.raw, until: deadline) else { return nil }
            status = try? ProcessDescriptor.wait(pidfd.raw)
            if let cell { cells?.end(cell) }
            return status
        }
    }

    /// Ends it as a crash does, with every process of its group, and waits for the end.
    func kill() {
        guard status.withLock({ $0 }) == nil else { return }
        // The leader is not waited for yet, so the group's number is its own.
        ProcessGroup.signal(pid, 9)
        signal(9)
        _ = wait(until: .never)
    }
}
