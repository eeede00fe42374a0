import LinuxSystem
import OCISpec

extension ResourcePlan {
    /// The limit of memory alone may never be above that of memory and swap together: where one write is refused for
    /// the other's sake, `apply` makes it again after the other.
    mutating func addMemoryV1(_ memory: RuntimeSpec.Memory?) throws(LaunchError) {
        guard let memory else { return }
        let limit = memory.limit.unlessZero
        var swap = memory.swap.unlessZero
        // No limit of memory is possible only with none of both.
        if limit == -1, swap == nil { swap = -1 }
        try checkUse(limit, memory, "memory.usage_in_bytes")
        if let limit, limit > 0, swap == nil,
            let together = try current(.memory, "memory.memsw.limit_in_bytes").flatMap(Int64.init), limit > together
        {
            throw LaunchError(
                .invalid,
                "memory.limit \(limit) is above the limit of memory and swap together, \(together): raise memory.swap too"
            )
        }
        add(.memory, "memory.limit_in_bytes", limit.map { "\($0)" })
        add(.memory, "memory.memsw.limit_in_bytes", swap.map { "\($0)" })
        add(.memory, "memory.soft_limit_in_bytes", memory.reservation.unlessZero.map { "\($0)" })
        add(.memory, "memory.swappiness", memory.swappiness.map { "\($0)" })
        if memory.disableOOMKiller == true { add(.memory, "memory.oom_control", "1") }
    }

    /// v2 counts swap alone; the configuration counts memory and swap together.
    mutating func addMemoryV2(_ memory: RuntimeSpec.Memory?) throws(LaunchError) {
        guard let memory else { return }
        guard memory.swappiness == nil else {
            throw LaunchError(.unsupported, "memory.swappiness: a container has none of its own under cgroup v2")
        }
        guard memory.disableOOMKiller != true else {
            throw LaunchError(.unsupported, "memory.disableOOMKiller: not possible under cgroup v2")
        }
        let limit = memory.limit.unlessZero
        try checkUse(limit, memory, "memory.current")
        let swap = try swapAlone(memory.swap.unlessZero, limit)
        add(.memory, "memory.swap.max", swap)
        add(.memory, "memory.max", limit.map { Self.amount($0) })
        add(.memory, "memory.low", memory.reservation.unlessZero.map { Self.amount($0) })
    }

    private func swapAlone(_ both: Int64?, _ limit: Int64?) throws(LaunchError) -> String? {
        guard let both else { return limit == -1 ? "max" : nil }
        guard both > 0 else { return "max" }
        // An update may change one of the two only.
        let present = try current(.memory, "memory.max").flatMap { Int64($0) }
        guard let limit = limit ?? present, limit > 0 else {
            throw LaunchError(.invalid, "memory.swap \(both) needs memory.limit: it is of memory and swap together")
        }
        guard both >= limit else {
            throw LaunchError(
                .invalid, "memory.swap \(both), of memory and swap together, is below memory.limit \(limit)")
        }
        return "\(both - limit)"
    }

    private func checkUse(_ limit: Int64?, _ memory: RuntimeSpec.Memory, _ file: String) throws(LaunchError) {
        guard memory.checkBeforeUpdate == true, let limit, limit > 0,
            let use = try current(.memory, file).flatMap(Int64.init), use > limit
        else { return }
        throw LaunchError(.invalid, "memory.limit \(limit) is below what the container uses now, \(use)")
    }

    static func amount(_ bytes: Int64) -> String { bytes < 0 ? "max" : "\(bytes)" }
}

extension Optional where Wrapped: BinaryInteger {
    /// Engines write 0 for a limit that is not set.
    var unlessZero: Wrapped? { self == 0 ? nil : self }
}
