import JSON
import LinuxSystem
import PluginKit

/// Sees to links whose sandbox was ending when they were let go. Such a link goes with its namespace, and deleting it
/// would cost 34 ms; but something may hold the namespace, and then the link is deleted here.
///
/// A thread does that, which ends when there is nothing left to see to.
final class LinkReaper: Sendable {
    private struct State {
        var pending: [(link: InterfaceName, since: MonotonicTime)] = []
        var isRunning = false
        var isClosed = false
    }

    private static let interval = Duration.milliseconds(500)
    private static let patience = Duration.seconds(2)

    private let state = Monitor(State())

    func watch(_ link: InterfaceName) {
        let start = state.withLock { state in
            state.pending.append((link, .now))
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard start else { return }
        do {
            try Thread.spawn(name: "link-reaper", stackSize: 256 << 10) { self.run() }
        } catch {
            // Reconciliation finds the links.
            state.withLock { $0.isRunning = false }
        }
    }

    func isPending(_ link: String) -> Bool { state.withLock { $0.pending.contains { $0.link.rawValue == link } } }

    /// Wakes the thread to look at each link once more, and ends it.
    func close() {
        state.withLock { $0.isClosed = true }
        state.wakeAll()
    }

    private func run() {
        do {
            var socket = try NetlinkSocket()
            repeat {
                _ = state.wait(until: .now + Self.interval) { $0.isClosed ? true : nil }
                try look(&socket)
            } while state.withLock({ state in
                state.isRunning = !state.pending.isEmpty && !state.isClosed
                return state.isRunning
            })
        } catch {
            PluginLog.warning("links of ended sandboxes are left to reconciliation", [("error", JSON("\(error)"))])
            state.withLock { state in
                state.pending = []
                state.isRunning = false
            }
        }
    }

    private func look(_ socket: inout NetlinkSocket) throws {
        for (link, since) in state.withLock({ $0.pending }) {
            guard try isDone(link, since, &socket) else { continue }
            state.withLock { $0.pending.removeAll { $0.link == link } }
        }
    }

    private func isDone(_ link: InterfaceName, _ since: MonotonicTime, _ socket: inout NetlinkSocket) throws -> Bool {
        guard let found = try socket.link(.name(link)) else { return true }
        if let id = found.peerNamespace, try !socket.isAlive(namespace: id) { return false }
        guard MonotonicTime.now - since > Self.patience else { return false }
        _ = try socket.outcome([.deleteLink(.index(found.index))])
        return true
    }
}
