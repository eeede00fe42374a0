import ArgumentParser
import BerthAPI

/// A container's files.
struct StorageOptions: ParsableArguments {
    @Option(
        name: [.customShort("v", allowingJoined: true), .customLong("volume")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Bind mount a volume", valueName: "[source:]target[:options]"))
    var volumes: [String] = []
    @Option(
        name: .customLong("mount"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Attach a filesystem mount to the container", valueName: "key=value,…"))
    var mounts: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Mount a tmpfs directory", valueName: "target[:options]"))
    var tmpfs: [String] = []
    @Option(
        name: .customLong("volumes-from"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Mount volumes from the specified container(s)", valueName: "container[:ro|rw]"))
    var volumesFrom: [String] = []
    @Flag(name: .customLong("read-only"), help: "Mount the container's root filesystem as read only")
    var readOnly = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Snapshotter for the container's writable layer", valueName: "name"))
    var snapshotter: String?

    func apply(to config: inout ContainerConfig) throws {
        var requests = try parseAll(volumes, of: "-v, --volume", VolumeSpec.parse)
        requests += try parseAll(mounts, of: "--mount", MountSpec.parse)
        requests += try parseAll(tmpfs, of: "--tmpfs", TmpfsSpec.parse)
        var targets: Set<String> = []
        for request in requests where !targets.insert(request.target).inserted {
            throw InvalidInput("Duplicate mount point: \(request.target)")
        }
        config.mounts = requests.nonEmpty
        config.volumesFrom = volumesFrom.nonEmpty
        config.readOnlyRootfs = readOnly ? true : nil
        config.snapshotter = snapshotter
    }
}
