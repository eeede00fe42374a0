/// What a process takes of the machine.
public struct ProcessUsage: Sendable {
    /// Bytes, shared pages divided by their users (proc_pid_smaps(5)).
    public var proportionalSetSize: Int64
    /// Milliseconds of processor time, in user and system mode, since it started (proc_pid_stat(5)).
    public var processorMilliseconds: Int64

    /// - Returns: nil when there is no such process, or it may not be looked at.
    public init?(pid: CInt) {
        guard let maps = Self.text("/proc/\(pid)/smaps_rollup"), let stat = Self.text("/proc/\(pid)/stat") else {
            return nil
        }
        let line = maps.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        let fields = stat.drop { $0 != ")" }.split(separator: " ")
        guard let kibibytes, fields.count > 13, let user = Int64(fields[12]), let system = Int64(fields[13]) else {
            return nil
        }
        proportionalSetSize = kibibytes << 10
        // USER_HZ is 100 on every architecture that Linux supports today.
        processorMilliseconds = (user + system) * 10
    }

    private static func text(_ path: String) -> String? {
        (try? readFile(path, limit: 64 << 10)).map { String(decoding: $0, as: UTF8.self) }
    }
}
