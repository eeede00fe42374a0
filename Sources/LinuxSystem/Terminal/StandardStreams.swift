import Glibc

/// The descriptors that a program is started with. They are shared with whoever started it, so none is ever switched
/// to non-blocking: a read follows what the event loop reported, a write asks for room first.
public enum StandardStream {
    public static let input: CInt = 0
    public static let output: CInt = 1
    public static let error: CInt = 2

    /// Puts /dev/null in the place of those that the program was started without, before something else gets their
    /// numbers.
    public static func fillGaps() {
        for number in [input, output, error] where fcntl(number, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Reads a line, without its newline, as someone types it.
    ///
    /// - Returns: nil at the end of the input.
    public static func readLine(from descriptor: CInt) throws(SystemError) -> String? {
        var line: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = try systemCall("read", "\(descriptor)") { Glibc.read(descriptor, &byte, 1) }
            if count == 0 { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    /// Reads what there is, at most as much as the buffer takes, however long it takes to come.
    ///
    /// - Returns: bytes read; 0 at the end of the input.
    public static func read(
        from descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        while true {
            do {
                return try systemCall("read", "\(descriptor)") {
                    Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                }
            } catch  where error.errno == .wouldBlock {
                // Whoever shares the descriptor has made it non-blocking.
                var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&request, 1, -1)
            }
        }
    }

    /// Writes everything, however long it takes.
    ///
    /// - Throws: `write` with EPIPE when nobody reads; SIGPIPE ends the process first unless it is blocked.
    public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest
            do {
                let count = try systemCall("write", "\(descriptor)") {
                    Glibc.write(descriptor, part.baseAddress, part.count)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } catch  where error.errno == .wouldBlock {
                // Whoever shares the descriptor has made it non-blocking.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, -1)
            }
        }
    }

    /// Writes everything, however long it takes; see `write` of a raw buffer.
    public static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
        let result = bytes.withUnsafeBytes { buffer in
            Swift.Result { () throws(SystemError) in try write(buffer, to: descriptor) }
        }
        try result.get()
    }

    /// Whether a write of at most `atomicSize` bytes would not wait (poll(2)).
    public static func isWritable(_ descriptor: CInt) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    /// As much as a pipe takes as one when it is writable (PIPE_BUF, pipe(7)).
    public static let atomicSize = 4096

    /// Signals that would end or stop the process, but are for the event loop or of no interest, are taken off the
    /// calling thread and whatever it starts.
    public static func blockBrokenPipeSignal() {
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &mask, nil)
    }

    /// Ends the process as an unhandled signal does, so that the parent sees why.
    public static func end(by signal: CInt) -> Never {
        Glibc.signal(signal, SIG_DFL)
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, signal)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        raise(signal)
        exit(128 + signal)
    }
}

/// Ends the process at once, without running what waits for an orderly end (_exit(2)).
public func endProcess(_ status: CInt) -> Never { _exit(status) }
