import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

/// The daemon during a session that may outlive it: containers go on while it restarts, and so does their client.
final class DaemonLink: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private static let pause = Duration.milliseconds(100)
    /// How often it is tried to connect again: half a minute in all.
    private static let attempts = 300
    /// How long a program that ends waits for the daemon to take note of it.
    private static let lastWords = Duration.seconds(5)

    let loop: EventLoop
    private var client: BerthClient
    private let reconnect: () throws -> BerthClient
    /// The first is under way.
    private var inOrder: [() -> Void] = []

    /// - Parameter reconnect: makes another session on the same loop.
    init(_ client: BerthClient, reconnect: @escaping () throws -> BerthClient) {
        self.client = client
        loop = client.loop
        self.reconnect = reconnect
    }

    /// Calls a method whose failure is of no interest.
    func tell<M: Method>(_ method: M, onSuccess: @escaping @Sendable () -> Void = {}) {
        client.start(method) { result in
            if case .success = result { onSuccess() }
        }
    }

    /// As `tell`, once what was told in this way before is answered: the daemon may do calls of one session in any order,
    /// and of a terminal's sizes the last must be the last.
    func tellInOrder<M: Method>(_ method: M) {
        inOrder.append { [weak self] in
            self?.client.start(method) { [weak self] _ in self?.tellNext() }
        }
        if inOrder.count == 1 { inOrder[0]() }
    }

    private func tellNext() {
        inOrder.removeFirst()
        inOrder.first?()
    }

    /// As `tell`, for the last words of a program that is about to end: waits for the answer, but not for a daemon that is
    /// away or stuck.
    func tellBeforeEnd<M: Method>(_ method: M) {
        let answer = Pending<M.Result>()
        client.start(method, timeout: Self.lastWords) { answer.set($0) }
        loop.run { answer.result != nil }
    }

    /// Asks for what ends the session, of the next daemon too when this one goes away.
    func wait<M: Method>(for method: M, _ end: Pending<M.Result>) {
        wait(for: method, end, attempts: Self.attempts)
    }

    private func wait<M: Method>(for method: M, _ end: Pending<M.Result>, attempts: Int) {
        let asked = client
        asked.start(method, timeout: BerthClient.unbounded) { [weak self] result in
            guard case .failure(let error) = result, error.kind == .unavailable, let self else {
                return end.set(result)
            }
            renew(asked, method, end, error, attempts: attempts)
        }
    }

    private func renew<M: Method>(
        _ lost: BerthClient, _ method: M, _ end: Pending<M.Result>, _ error: BerthError, attempts: Int
    ) {
        guard attempts > 0 else { return end.set(.failure(error)) }
        loop.schedule(after: Self.pause) { [weak self] in
            guard let self else { return }
            do {
                if client === lost { client = try reconnect() }
                wait(for: method, end, attempts: attempts - 1)
            } catch {
                let next = error as? BerthError ?? BerthError(.unavailable, "\(error)", object: "daemon")
                renew(lost, method, end, next, attempts: attempts - 1)
            }
        }
    }
}
