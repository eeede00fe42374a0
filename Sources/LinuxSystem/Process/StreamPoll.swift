import Glibc

/// What poll(2) says of one descriptor.
public enum StreamPoll {
    public static func isReadable(_ descriptor: CInt) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0 && request.revents & Int16(POLLIN) != 0
    }

    /// Waits until something can be read, end of file included.
    ///
    /// - Returns: false when the time has come first.
    public static func waitReadable(_ descriptor: CInt, until deadline: MonotonicTime) -> Bool {
        wait(descriptor, Int16(POLLIN), until: deadline)
    }

    /// Waits until something can be written, or the peer is gone.
    ///
    /// - Returns: false when the time has come first.
    public static func waitWritable(_ descriptor: CInt, until deadline: MonotonicTime) -> Bool {
        wait(descriptor, Int16(POLLOUT), until: deadline)
    }

    /// The last part of a millisecond, which poll(2) cannot wait for, is spent asking.
    private static func wait(_ descriptor: CInt, _ events: Int16, until deadline: MonotonicTime) -> Bool {
        while true {
            var request = pollfd(fd: descriptor, events: events, revents: 0)
            let left = (deadline - .now).saturatedNanoseconds
            let count = poll(&request, 1, CInt(clamping: max(0, left) / 1_000_000))
            if count > 0 { return true }
            if left <= 0 { return false }
        }
    }
}
