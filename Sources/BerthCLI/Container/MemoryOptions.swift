import ArgumentParser
import BerthAPI

/// Limits of memory.
struct MemoryOptions: ParsableArguments {
    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("memory")], parsing: .unconditional,
        help: ArgumentHelp("Memory limit", valueName: "bytes"))
    var memory: String?
    @Option(
        name: .customLong("memory-swap"), parsing: .unconditional,
        help: ArgumentHelp("Swap limit equal to memory plus swap: '-1' to enable unlimited swap", valueName: "bytes"))
    var memorySwap: String?
    @Option(
        name: .customLong("memory-reservation"), parsing: .unconditional,
        help: ArgumentHelp("Memory soft limit", valueName: "bytes"))
    var memoryReservation: String?
    @Option(
        name: .customLong("memory-swappiness"), parsing: .unconditional,
        help: ArgumentHelp("Tune container memory swappiness (0 to 100)", valueName: "number"))
    var memorySwappiness: Int64?
    @Option(
        name: .customLong("kernel-memory"), parsing: .unconditional,
        help: ArgumentHelp("Kernel memory limit: deprecated, without effect", valueName: "bytes"))
    var kernelMemory: String?
    @Flag(name: .customLong("oom-kill-disable"), help: "Disable OOM Killer")
    var oomKillDisable = false
    @Option(
        name: .customLong("oom-score-adj"), parsing: .unconditional,
        help: ArgumentHelp("Tune host's OOM preferences (-1000 to 1000)", valueName: "number"))
    var oomScoreAdjustment: Int?
    @Option(
        name: .customLong("shm-size"), parsing: .unconditional,
        help: ArgumentHelp("Size of /dev/shm", valueName: "bytes"))
    var sharedMemory: String?

    func apply(to resources: inout Resources, _ context: CommandContext) throws {
        resources.memory = try parseOne(memory, of: "-m, --memory", ByteSize.parseFlag)
        resources.memorySwap = try parseOne(memorySwap, of: "--memory-swap") { text throws in
            text == "-1" ? -1 : try ByteSize.parseFlag(text)
        }
        resources.memoryReservation = try parseOne(
            memoryReservation, of: "--memory-reservation", ByteSize.parseFlag)
        resources.memorySwappiness = memorySwappiness
        resources.oomKillDisable = oomKillDisable ? true : nil
        if try parseOne(kernelMemory, of: "--kernel-memory", ByteSize.parseFlag) != nil {
            context.complain("WARNING: Kernel memory limits are deprecated: --kernel-memory has no effect.")
        }
    }
}
