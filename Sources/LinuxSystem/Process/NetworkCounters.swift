import Glibc

/// What went through the interfaces of a process's network namespace, the loopback's left out (proc_pid_net(5)).
public struct NetworkCounters: Hashable, Sendable {
    /// Bytes.
    public var received: UInt64 = 0
    public var sent: UInt64 = 0

    /// - Returns: nil when there is no such process, or it is in the namespace of this one.
    public init?(pid: CInt) {
        guard let own = linkTarget("/proc/self/ns/net"), let others = linkTarget("/proc/\(pid)/ns/net"), own != others,
            let bytes = try? readFile("/proc/\(pid)/net/dev", limit: 1 << 20)
        else { return nil }
        self.init(table: String(decoding: bytes, as: UTF8.self))
    }

    /// - Parameter table: as `/proc/net/dev` has it.
    init(table: String) {
        for line in table.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let fields = line[line.index(after: colon)...].split(separator: " ")
            guard line[..<colon].drop(while: { $0 == " " }) != "lo", fields.count > 8 else { continue }
            received += UInt64(fields[0]) ?? 0
            sent += UInt64(fields[8]) ?? 0
        }
    }
}
