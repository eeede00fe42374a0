import Glibc

/// A process told from a later one with the same number by its start time (proc_pid_stat(5), field 22).
public struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    public var pid: CInt
    /// Clock ticks after boot.
    public var startTime: UInt64

    public init(pid: CInt, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The identity of a process that lives; nil when there is none of that number.
    public init?(pid: CInt) {
        guard let bytes = try? readFile("/proc/\(pid)/stat", limit: 4096) else { return nil }
        // The command's name is in parentheses and may hold anything, so fields are counted from the last one.
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 19, let startTime = UInt64(fields[19]), fields[0] != "Z" else { return nil }
        self.init(pid: pid, startTime: startTime)
    }

    /// Whether the process is this one's child (proc_pid_stat(5), field 4).
    public static func isChild(_ pid: CInt) -> Bool {
        guard let bytes = try? readFile("/proc/\(pid)/stat", limit: 4096),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return false }
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 1 && CInt(fields[1]) == getpid()
    }

    /// As `description` writes it.
    public init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let pid = CInt(parts[0]), let startTime = UInt64(parts[1]) else { return nil }
        self.init(pid: pid, startTime: startTime)
    }

    public var isAlive: Bool { ProcessIdentity(pid: pid) == self }

    /// Kills the process and waits for its end; one that is gone is no error.
    ///
    /// - Returns: whether it ended in time.
    @discardableResult
    public func kill(waiting milliseconds: CInt) throws(SystemError) -> Bool {
        guard isAlive else { return true }
        do {
            let process = try ProcessDescriptor.open(pid)
            // Looked at again with the pidfd in hand: from here on the number cannot be another process's.
            guard isAlive else { return true }
            try ProcessDescriptor.signal(process.raw, 9)
            return try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: milliseconds)
        } catch  where error.errno == .noProcess {
            return true
        }
    }

    public var description: String { "\(pid) \(startTime)" }
}
