import BerthAPI
import Engine
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// One life of the daemon: its loop on the main thread, the engine in tasks, an orderly end on SIGTERM.
struct DaemonProcess {
    let settings: Settings
    let logger: Logger

    init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Returns when the daemon was told to end. Containers go on.
    func run() throws {
        let inheritance = try Inheritance.take()
        try makeDirectory(settings.engine.run)
        let lock = try takeLock(inheritance).shared()
        let loop = try EventLoop()
        let outcome = Outcome()
        let (settings, logger) = (settings, logger)
        ignoreBrokenPipes()
        for signal in [Signal.numbers["TERM"], Signal.numbers["INT"]].compactMap({ $0 }) {
            try loop.onSignal(signal) { outcome.ask(.stop) }
        }
        Task {
            do {
                let life = DaemonLife(settings: settings, loop: loop, logger: logger, outcome: outcome, lock: lock)
                try await life.serve(inheritance)
            } catch {
                outcome.failed(error)
            }
            loop.stop()
        }
        loop.run()
        withExtendedLifetime(lock) {}
        try outcome.get()
    }

    private func takeLock(_ inheritance: Inheritance?) throws -> InstanceLock {
        if let inheritance { return InstanceLock(inheriting: try inheritDescriptor(inheritance.lock)) }
        return try InstanceLock(path: "\(settings.engine.run)/berthd.lock")
    }
}
