import ArgumentParser
import BerthAPI

struct ContainerUpdateCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Update configuration of one or more containers",
        usage: "berth update [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "cm")

    @OptionGroup var limits: UpdateOptions
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Restart policy to apply when a container exits", valueName: "policy[:retries]"))
    var restart: String?
    @Argument(help: .containers) var names: [String]

    func verb() throws -> Verb<ContainerUpdate> {
        let limits = try limits.resources()
        let change = limits == Resources() ? nil : limits
        let policy = try restart.map { text in try RestartSpec.parse(text) }
        guard change != nil || policy != nil else {
            throw CommandFailure("You must provide one or more flags when using this command.")
        }
        return Verb { ContainerUpdate(id: $0, resources: change, restartPolicy: policy) }
    }
}

/// The limits that can change while a container runs.
struct UpdateOptions: ParsableArguments {
    @OptionGroup var processor: ProcessorOptions
    @Option(
        name: .customLong("blkio-weight"), parsing: .unconditional,
        help: ArgumentHelp("Block IO (relative weight), between 10 and 1000, or 0 to disable", valueName: "weight"))
    var blockIOWeight: UInt16?
    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("memory")], parsing: .unconditional,
        help: ArgumentHelp("Memory limit", valueName: "bytes"))
    var memory: String?
    @Option(
        name: .customLong("memory-reservation"), parsing: .unconditional,
        help: ArgumentHelp("Memory soft limit", valueName: "bytes"))
    var memoryReservation: String?
    @Option(
        name: .customLong("memory-swap"), parsing: .unconditional,
        help: ArgumentHelp("Swap limit equal to memory plus swap: '-1' to enable unlimited swap", valueName: "bytes"))
    var memorySwap: String?
    @Option(
        name: .customLong("pids-limit"), parsing: .unconditional,
        help: ArgumentHelp("Tune container pids limit (set -1 for unlimited)", valueName: "number"))
    var pidsLimit: Int64?

    func resources() throws -> Resources {
        var resources = Resources()
        resources.blockIOWeight = blockIOWeight.map { Int($0) }
        try processor.apply(to: &resources)
        resources.memory = try parseOne(memory, of: "-m, --memory", ByteSize.parseFlag)
        resources.memoryReservation = try parseOne(memoryReservation, of: "--memory-reservation", ByteSize.parseFlag)
        resources.memorySwap = try parseOne(memorySwap, of: "--memory-swap") { text throws in
            text == "-1" ? -1 : try ByteSize.parseFlag(text)
        }
        resources.pids = pidsLimit
        return resources
    }
}
