import LinuxSystem
import Synchronization

/// A watch that its own handler can end.
final class WatchSlot: Sendable {
    private let slot = Mutex<Watch?>(nil)

    var watch: Watch? {
        get { slot.withLock { $0 } }
        set { slot.withLock { $0 = newValue } }
    }

    func end(on loop: EventLoop) {
        if let watch { loop.deregister(watch) }
    }
}
