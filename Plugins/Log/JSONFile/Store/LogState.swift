/// How far a log has been stored. What is in the file beyond `size` was never acknowledged.
struct LogState: Equatable {
    /// Payload bytes of the log stream that are stored, in the file or in `pending`.
    var sequence: UInt64 = 0
    /// Bytes of whole lines in the file.
    var size: Int64 = 0
    /// Counts the rotations.
    var generation: UInt64 = 0
    /// Of the last frame, in nanoseconds since 1970.
    var time: Int64 = 0
    var maximumFiles: UInt32 = 1
    /// The beginnings of lines of stdout and stderr whose ends have not come yet.
    var pending: [[UInt8]] = [[], []]
}
