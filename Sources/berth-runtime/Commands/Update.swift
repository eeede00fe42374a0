import ContainerRuntime
import LinuxSystem
import OCISpec

extension Command {
    static let update = Command(
        name: "update", summary: "Changes the container's limits; what is not named stays.",
        options: [
            .value(
                "resources", "r", "FILE", "linux.resources as JSON, - for the standard input; instead of the others"),
            .value("memory", "BYTES", "limit, -1 for none; k, m, g may follow"),
            .value("memory-swap", "BYTES", "limit of memory and swap together, -1 for none"),
            .value("memory-reservation", "BYTES", "what it keeps when the host runs short"),
            .value("cpu-quota", "MICROSECONDS", "time in each period, -1 for no limit"),
            .value("cpu-period", "MICROSECONDS", "length of a period"),
            .value("cpu-burst", "MICROSECONDS", "unused time that a later period may use"),
            .value("cpu-share", "SHARES", "weight beside others, 2 to 262144"),
            .value("cpu-rt-period", "MICROSECONDS", "length of a period of realtime scheduling"),
            .value("cpu-rt-runtime", "MICROSECONDS", "realtime time in each period"),
            .value("cpu-idle", "0|1", "run only when nobody else does"),
            .value("cpuset-cpus", "LIST", "processors"), .value("cpuset-mems", "LIST", "memory nodes"),
            .value("pids-limit", "NUMBER", "processes, -1 for no limit"),
            .value("blkio-weight", "WEIGHT", "weight of its input and output, 10 to 1000"),
            .value("kernel-memory", "BYTES", "accepted: kernels no longer have it"),
            .value("kernel-memory-tcp", "BYTES", "accepted: kernels no longer have it"),
            .value("l3-cache-schema", "SCHEMA", "refused: Intel RDT is not supported"),
            .value("mem-bw-schema", "SCHEMA", "refused: Intel RDT is not supported"),
        ]
    ) { arguments, session in
        let container = try Container.adopt(try session.store.load(try arguments.id()))
        try container.update(try ResourceOptions(arguments).resources)
        return 0
    }
}

/// The limits that an `update` names.
private struct ResourceOptions {
    private(set) var resources = RuntimeSpec.Resources()
    private let arguments: Arguments

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        for name in ["l3-cache-schema", "mem-bw-schema"] where arguments.value(name) != nil {
            throw UsageError("option --\(name): Intel RDT is not supported")
        }
        if let file = arguments.value("resources") {
            resources = try Bundle.decode(RuntimeSpec.Resources.self, file)
            return
        }
        try takeMemory()
        try takeCPU()
        if let limit: Int64 = try number("pids-limit") { resources.pids = .init(limit: limit) }
        if let weight: UInt16 = try number("blkio-weight") {
            resources.blockIO = .init()
            resources.blockIO?.weight = weight
        }
    }

    private mutating func takeMemory() throws {
        let memory = RuntimeSpec.Memory(
            limit: try bytes("memory"), reservation: try bytes("memory-reservation"), swap: try bytes("memory-swap"))
        if memory != RuntimeSpec.Memory() { resources.memory = memory }
    }

    private mutating func takeCPU() throws {
        var cpu = RuntimeSpec.CPU(
            shares: try number("cpu-share"), quota: try number("cpu-quota"), period: try number("cpu-period"),
            cpus: arguments.value("cpuset-cpus"))
        cpu.mems = arguments.value("cpuset-mems")
        cpu.burst = try number("cpu-burst")
        cpu.realtimePeriod = try number("cpu-rt-period")
        cpu.realtimeRuntime = try number("cpu-rt-runtime")
        cpu.idle = try number("cpu-idle")
        if cpu != RuntimeSpec.CPU() { resources.cpu = cpu }
    }

    private func number<N: FixedWidthInteger>(_ name: String) throws(UsageError) -> N? {
        guard let text = arguments.value(name) else { return nil }
        guard let number = N(text) else { throw UsageError("option --\(name): \(text) is no number that it can be") }
        return number
    }

    /// `64m`, `1.5g`, `1073741824`, `-1`.
    private func bytes(_ name: String) throws(UsageError) -> Int64? {
        guard let text = arguments.value(name) else { return nil }
        guard let bytes = ByteCount(text)?.value else {
            throw UsageError("option --\(name): \(text) is no number of bytes such as 64m")
        }
        return bytes
    }
}

/// A size with a unit of powers of 1,024, as docker and runc write it.
struct ByteCount {
    let value: Int64

    init?(_ text: String) {
        var digits = text.lowercased()[...]
        if digits == "-1" {
            value = -1
            return
        }
        if digits.hasSuffix("b") { digits.removeLast() }
        if digits.hasSuffix("i") { digits.removeLast() }
        var shift = 0
        if let unit = digits.last, let place = Array("kmgtp").firstIndex(of: unit) {
            shift = 10 * (place + 1)
            digits.removeLast()
        }
        guard digits.first?.isNumber == true, let number = Double(digits), number >= 0 else { return nil }
        let bytes = number * Double(Int64(1) << Int64(shift))
        guard bytes < Double(Int64.max) else { return nil }
        value = Int64(bytes)
    }
}
