import JSONRPC
import LinuxSystem
import Synchronization

/// Shows what goes over an instance's connection to those who watch; costs an atomic read while nobody does.
final class WireTap: Sendable {
    typealias Watcher = @Sendable (Connection.Direction, [UInt8]) -> Void

    private let isWatched = Atomic<Bool>(false)
    private let watchers = Mutex<(next: Int, all: [Int: Watcher])>((0, [:]))

    /// For the connection.
    var tap: Connection.Tap {
        { [weak self] direction, line in
            guard let self, isWatched.load(ordering: .relaxed) else { return }
            let bytes = Array(line)
            for watcher in watchers.withLock({ Array($0.all.values) }) { watcher(direction, bytes) }
        }
    }

    func watch(_ watcher: @escaping Watcher) -> Int {
        watchers.withLock { watchers in
            watchers.next += 1
            watchers.all[watchers.next] = watcher
            isWatched.store(true, ordering: .relaxed)
            return watchers.next
        }
    }

    func unwatch(_ number: Int) {
        watchers.withLock { watchers in
            watchers.all[number] = nil
            isWatched.store(!watchers.all.isEmpty, ordering: .relaxed)
        }
    }
}
