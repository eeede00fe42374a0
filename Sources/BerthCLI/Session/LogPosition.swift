/// How far a log was read: what a stream that broke off is taken up from. Lines that came in one piece have one time, so
/// the time alone does not tell.
struct LogPosition {
    /// Of the newest frame.
    private(set) var time: Int64?
    /// Whole frames of that time, and bytes of one that is not whole.
    private(set) var frames = 0
    private(set) var bytes = 0
    /// What comes again at the beginning of a stream that takes the log up.
    private var framesToSkip = 0
    private var bytesToSkip = 0

    /// The stream has ended; the next one begins with the frames of `time`.
    mutating func rewind() {
        (framesToSkip, bytesToSkip) = (frames, bytes)
        (frames, bytes) = (0, 0)
    }

    /// A frame begins.
    ///
    /// - Returns: how many of its bytes have been shown; nil when all of it has.
    mutating func begin(_ time: Int64) -> Int? {
        if time != self.time {
            self.time = time
            (frames, framesToSkip, bytesToSkip) = (0, 0, 0)
        }
        bytes = 0
        guard framesToSkip == 0 else {
            framesToSkip -= 1
            return nil
        }
        defer { bytesToSkip = 0 }
        return bytesToSkip
    }

    /// Some of the frame's bytes have come.
    mutating func advance(_ count: Int, isWhole: Bool) {
        bytes += count
        guard isWhole else { return }
        frames += 1
        bytes = 0
    }
}
