import ArgumentParser
import BerthAPI

/// Limits of a container's control group.
struct ResourceOptions: ParsableArguments {
    @OptionGroup var memory: MemoryOptions
    @OptionGroup var processor: ProcessorOptions
    @OptionGroup var blockIO: BlockIOOptions
    @Option(
        name: .customLong("pids-limit"), parsing: .unconditional,
        help: ArgumentHelp("Tune container pids limit (set -1 for unlimited)", valueName: "number"))
    var pidsLimit: Int64?
    @Option(
        name: .customLong("cgroup-parent"), parsing: .unconditional,
        help: ArgumentHelp("Optional parent cgroup for the container", valueName: "path"))
    var cgroupParent: String?

    func apply(to config: inout ContainerConfig, _ context: CommandContext) throws {
        var resources = Resources()
        try memory.apply(to: &resources, context)
        try processor.apply(to: &resources)
        try blockIO.apply(to: &resources)
        resources.pids = pidsLimit
        config.resources = resources == Resources() ? nil : resources
        config.cgroupParent = cgroupParent
        config.oomScoreAdjustment = memory.oomScoreAdjustment
        config.sharedMemory = try parseOne(memory.sharedMemory, of: "--shm-size", ByteSize.parseFlag)
    }
}
