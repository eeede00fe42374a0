import CLinux
import Glibc
import Synchronization

extension EventLoop {
    /// Runs `handler` on the loop for each signal of a kind (signalfd(2)); several pending ones of a kind are one.
    ///
    /// Blocks the signal on the calling thread, and must therefore be called before other threads are started, except
    /// through `Thread.spawn`, whose threads have all signals blocked. A program that is executed inherits the mask.
    public func onSignal(_ signal: CInt, _ handler: @escaping Job) throws(SystemError) {
        let existing = state.withLock { state in
            state.signals.handlers[signal] = handler
            return state.signals.descriptor?.raw ?? -1
        }
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in state.withLock({ $0.signals.handlers.keys.map { $0 } }) { sigaddset(&mask, number) }
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        let flags = CInt(SFD_CLOEXEC | SFD_NONBLOCK)
        let number = try systemCall("signalfd", "\(signal)") { signalfd(existing, &mask, flags) }
        guard existing < 0 else { return }
        let descriptor = SharedDescriptor(owning: number)
        state.withLock { $0.signals.descriptor = descriptor }
        try register(number, .readable) { [weak self] _ in self?.readSignals(descriptor.raw) }
    }

    private func readSignals(_ descriptor: CInt) {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(descriptor, &information, size) == size {
            let signal = CInt(bitPattern: information.ssi_signo)
            state.withLock { $0.signals.handlers[signal] }?()
        }
    }
}

/// The signals that a loop takes.
struct SignalTable {
    var descriptor: SharedDescriptor?
    var handlers: [CInt: EventLoop.Job] = [:]
}
