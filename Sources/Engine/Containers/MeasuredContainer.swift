import BerthAPI
import LinuxSystem

/// A running container's counters.
struct MeasuredContainer: Sendable {
    var cgroup: Cgroup
    /// Of the first process.
    var pid: CInt

    /// Reads them, on the calling thread. Those that the host does not keep are 0.
    func read(into usage: inout ContainerUsage) throws {
        let counters = try cgroup.statistics()
        usage.processor = .init(
            total: Int64(clamping: counters.cpuTotal), user: Int64(clamping: counters.cpuUser),
            system: Int64(clamping: counters.cpuSystem), throttled: Int64(clamping: counters.throttledTime))
        // A page may have left the cache between the two files.
        let cache = min(counters.memoryInactiveFile, counters.memoryUsage)
        let host = Host.memory
        usage.memory = .init(
            usage: Int64(clamping: counters.memoryUsage - cache), cache: Int64(clamping: cache),
            peak: Int64(clamping: counters.memoryPeak),
            limit: min(host, counters.memoryLimit.map { Int64(clamping: $0) } ?? host))
        usage.network = NetworkCounters(pid: pid).map {
            .init(received: Int64(clamping: $0.received), sent: Int64(clamping: $0.sent))
        }
        usage.blockIO = .init(received: Int64(clamping: counters.ioRead), sent: Int64(clamping: counters.ioWritten))
        usage.processes = Int(clamping: counters.processes)
        usage.processLimit = counters.processLimit.map { Int(clamping: $0) }
    }
}
