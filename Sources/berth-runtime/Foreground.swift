import LinuxSystem

/// Waits for a child in the foreground: passes signals on and, when it has a terminal, bytes both ways.
struct Foreground: Sendable {
    let process: SharedDescriptor
    let terminal: SharedDescriptor?

    private static let forwarded: [CInt] = [1, 2, 3, 10, 12, 15, 18]
    private static let windowChanged: CInt = 28

    func wait() throws -> ExitStatus {
        let loop = try EventLoop()
        for signal in Self.forwarded { try loop.onSignal(signal) { forward(signal) } }
        try loop.watchExit(ofProcess: process.raw) { loop.stop() }
        if let terminal {
            let settings = try takeOver(terminal, loop)
            loop.run()
            drain(terminal)
            if let settings { try Terminal.apply(settings, to: StandardStream.input) }
        } else {
            loop.run()
        }
        guard let status = try ProcessDescriptor.wait(process.raw) else {
            throw SystemError(.noProcess, "waitid")
        }
        return status
    }

    /// A signal for a process that has just ended has nobody to go to.
    private func forward(_ signal: CInt) {
        do {
            try ProcessDescriptor.signal(process.raw, signal)
        } catch {
            return
        }
    }

    /// Connects this process's terminal with the container's. Returns the settings to restore.
    private func takeOver(_ terminal: SharedDescriptor, _ loop: EventLoop) throws -> TerminalSettings? {
        try loop.register(terminal.raw, .readable) { [self] _ in
            _ = copy(from: terminal.raw, to: StandardStream.output)
        }
        let box = WatchBox()
        do {
            box.watch = try loop.register(StandardStream.input, .readable) { [self] _ in
                if !copy(from: StandardStream.input, to: terminal.raw), let watch = box.watch { loop.deregister(watch) }
            }
        } catch  where error.errno == .notPermitted {
            // A regular file is always readable and cannot be waited for.
            while copy(from: StandardStream.input, to: terminal.raw) {}
        }
        guard Terminal.isTerminal(StandardStream.input) else { return nil }
        try loop.onSignal(Self.windowChanged) { resize(terminal) }
        resize(terminal)
        let settings = try Terminal.settings(StandardStream.input)
        try Terminal.apply(settings.raw, to: StandardStream.input)
        return settings
    }

    private func resize(_ terminal: SharedDescriptor) {
        guard let size = Terminal.size(StandardStream.input) else { return }
        do {
            try Terminal.setSize(terminal.raw, size)
        } catch {
            return
        }
    }

    private func drain(_ terminal: SharedDescriptor) {
        while StreamPoll.isReadable(terminal.raw), copy(from: terminal.raw, to: StandardStream.output) {}
    }

    /// One read and its write; false at the end of either.
    private func copy(from: CInt, to: CInt) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            guard let count = readAvailable(from, into: buffer) else { return true }
            guard count > 0 else { return false }
            do {
                try StandardStream.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: to)
                return true
            } catch {
                return false
            }
        }
    }
}

/// Lets a handler end its own watch. Used on one thread only, the loop's.
private final class WatchBox: @unchecked Sendable {
    var watch: Watch?
}
