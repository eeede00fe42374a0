import BerthAPI
import Confinement
import JSON
import LinuxSystem
import Synchronization

/// Runs a plugin's processes in cells, as the supervisor does, and remembers what they tried beyond their privileges.
final class PluginCells: Sendable {
    private let confiner: Confiner
    private let plugin: ConfinedPlugin
    private let loop: EventLoop
    private let tried = Mutex<String?>(nil)

    /// - Parameter executable: where it is if not in its package.
    init(_ settings: ConfinementSettings, _ plugin: ConfinedPlugin) throws {
        confiner = Confiner(settings, owner: "\(Host.processID)") { _ in }
        self.plugin = plugin
        loop = try EventLoop()
        let loop = loop
        try Thread.spawn(name: "cells") { loop.run() }
    }

    deinit { loop.stop() }

    /// What a process tried first that its manifest does not ask for.
    var violation: String? { tried.withLock { $0 } }

    /// Starts a process in a cell of its own.
    ///
    /// - Parameter host: what stands for the host's network namespace.
    func start(_ request: SpawnRequest, _ program: String, host: NetworkSandbox?) throws -> (
        pid: CInt, pidfd: SharedDescriptor, PluginCell
    ) {
        guard let cell = try confiner.cell(for: plugin) else {
            throw Violation("there is no cell for \(plugin.name)")
        }
        do {
            var request = request
            try cell.enclose(&request, program)
            let (pid, pidfd) = try Self.start(request, in: host)
            return (pid, pidfd, cell)
        } catch {
            _ = cell.end(on: loop)
            throw error
        }
    }

    /// Starts a process in a sandbox's network namespace; in this process's own without one.
    static func start(_ request: SpawnRequest, in host: NetworkSandbox?) throws -> (pid: CInt, pidfd: SharedDescriptor)
    {
        let start = { @Sendable in
            let process = try spawn(request)
            return (process.pid, process.shared())
        }
        return try host.map { try $0.perform(start) } ?? start()
    }

    /// Ends the process when it tries more than it may.
    func watch(_ cell: PluginCell, _ process: SharedDescriptor) throws {
        try cell.watch(on: loop) { [weak self] tried in
            self?.note(tried)
            // It fails only when the process is gone, which is what is wanted.
            try? ProcessDescriptor.signal(process.raw, 9)
        }
    }

    /// The process has ended.
    func end(_ cell: PluginCell) {
        if let excess = cell.end(on: loop) { note(excess) }
        confiner.removeEmptyGroups(withParent: true)
    }

    private func note(_ what: String) { tried.withLock { $0 = $0 ?? what } }
}
