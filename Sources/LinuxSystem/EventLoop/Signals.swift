import CLinux
import Synchronization

extension EventLoop {
    /// Runs `handler` on the loop for each signal of a kind (signalfd(2)); several pending ones of a kind are one.
    ///
    /// Blocks the signal on the calling thread, and must therefore be called before other threads are started, except
    /// through `Thread.spawn`, whose threads have all signals blocked. A program that is executed inherits the mask.
    public func onSignal(_ signal: CInt, _ handler: @escaping Job) throws(SystemError) {
        let (existing, signals) = state.withLock { state in
            state.signals.handlers[signal] = handler
            return (state.signals.descriptor?.raw ?? -1, Array(state.signals.handlers.keys))
        }
        let number = try systemCall("signalfd", "\(signal)") { berth_signalfd(existing, signals, CInt(signals.count)) }
        guard existing < 0 else { return }
        let descriptor = SharedDescriptor(owning: number)
        state.withLock { $0.signals.descriptor = descriptor }
        try register(number, .readable) { [weak self] _ in self?.readSignals(descriptor.raw) }
    }

    private func readSignals(_ descriptor: CInt) {
        while case let signal = berth_read_signal(descriptor), signal != 0 {
            state.withLock { $0.signals.handlers[signal] }?()
        }
    }
}

/// The signals that a loop takes.
struct SignalTable {
    var descriptor: SharedDescriptor?
    var handlers: [CInt: EventLoop.Job] = [:]
}
