import CLinux
import Synchronization

/// What can happen to a descriptor (epoll_ctl(2)).
public struct Events: OptionSet, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Events(rawValue: 0x001)
    public static let writable = Events(rawValue: 0x004)
    /// The peer has closed, or ended sending.
    public static let peerClosed = Events(rawValue: 0x2000)
    /// Both directions are closed. Always reported.
    public static let hangUp = Events(rawValue: 0x010)
    /// Always reported.
    public static let error = Events(rawValue: 0x008)
    public static let priority = Events(rawValue: 0x002)
    /// Reported at each change instead of as long as it lasts.
    public static let edgeTriggered = Events(rawValue: 0x8000_0000)
}

/// A descriptor that an event loop watches.
public struct Watch: Hashable, Sendable {
    let descriptor: CInt
    let token: UInt64
}

extension EventLoop {
    public typealias Handler = @Sendable (Events) -> Void

    /// Watches a descriptor, which the caller keeps open until after `deregister`.
    ///
    /// - Parameter handler: runs on the loop's thread with what happened, again and again as long as it lasts.
    /// - Throws: `epoll_ctl` with EPERM for a descriptor that cannot be waited for, such as a regular file.
    @discardableResult
    public func register(
        _ descriptor: CInt, _ events: Events, _ handler: @escaping Handler
    ) throws(SystemError) -> Watch {
        let watch = state.withLock { $0.watches.add(descriptor, handler) }
        do {
            try control(.add, watch, events)
        } catch {
            _ = state.withLock { $0.watches.remove(watch) }
            throw error
        }
        return watch
    }

    /// Changes what is waited for.
    public func modify(_ watch: Watch, _ events: Events) throws(SystemError) {
        try control(.modify, watch, events)
    }

    /// Ends watching. The handler does not start any more; on another thread it may be running just now.
    public func deregister(_ watch: Watch) {
        // What the handler holds goes away here, outside the lock, and may call the loop when it does.
        guard let handler = state.withLock({ $0.watches.remove(watch) }) else { return }
        defer { withExtendedLifetime(handler) {} }
        // It can only fail when the descriptor was closed before, which has removed it already.
        _ = berth_epoll_control(epoll.raw, Control.remove.rawValue, watch.descriptor, 0, 0)
    }

    /// Runs `handler` once, when the process that a pidfd refers to has ended (pidfd_open(2)). Reaping it is left to
    /// the caller, who keeps the pidfd open until then.
    @discardableResult
    public func watchExit(ofProcess pidfd: CInt, _ handler: @escaping Job) throws(SystemError) -> Watch {
        try whenReadable(pidfd, handler)
    }

    /// Runs `handler` once, when there is something to read or the other end is closed.
    @discardableResult
    public func whenReadable(_ descriptor: CInt, _ handler: @escaping Job) throws(SystemError) -> Watch {
        let once = OnceWatch()
        let watch = try register(descriptor, .readable) { [weak self] _ in
            guard let self, let watch = once.take() else { return }
            self.deregister(watch)
            handler()
        }
        once.put(watch)
        return watch
    }

    private enum Control: CInt {
        case add = 1
        case remove = 2
        case modify = 3
    }

    private func control(_ operation: Control, _ watch: Watch, _ events: Events) throws(SystemError) {
        try systemCall("epoll_ctl", "\(watch.descriptor)") {
            berth_epoll_control(epoll.raw, operation.rawValue, watch.descriptor, events.rawValue, watch.token)
        }
    }
}

/// Handlers by slot. A token is slot and generation: an event that was fetched before its watch went away finds
/// nothing, even when the slot or the descriptor's number is in use again.
struct WatchTable {
    private struct Slot {
        var generation: UInt32
        var handler: EventLoop.Handler?
    }

    private var slots: [Slot] = []
    private var free: [Int] = []

    mutating func add(_ descriptor: CInt, _ handler: @escaping EventLoop.Handler) -> Watch {
        let index = free.popLast() ?? slots.count
        if index == slots.count { slots.append(Slot(generation: 0, handler: nil)) }
        slots[index].generation &+= 1
        slots[index].handler = handler
        return Watch(descriptor: descriptor, token: UInt64(slots[index].generation) << 32 | UInt64(index))
    }

    func handler(of token: UInt64) -> EventLoop.Handler? {
        let index = Int(token & 0xffff_ffff)
        guard index < slots.count, slots[index].generation == UInt32(token >> 32) else { return nil }
        return slots[index].handler
    }

    /// - Returns: its handler, or nil when it was removed before.
    mutating func remove(_ watch: Watch) -> EventLoop.Handler? {
        guard let handler = handler(of: watch.token) else { return nil }
        let index = Int(watch.token & 0xffff_ffff)
        slots[index].handler = nil
        free.append(index)
        return handler
    }
}

/// A watch that its own handler uses up; the handler can run before `register` has returned it.
final class OnceWatch: Sendable {
    private enum State {
        case empty, taken
        case full(Watch)
    }

    private let state = Mutex(State.empty)

    func put(_ watch: Watch) {
        state.withLock { state in
            if case .empty = state { state = .full(watch) }
        }
    }

    func take() -> Watch? {
        state.withLock { state in
            guard case .full(let watch) = state else { return nil }
            state = .taken
            return watch
        }
    }
}
