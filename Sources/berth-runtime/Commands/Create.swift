import ContainerRuntime
import LinuxSystem
import OCISpec

extension Command {
    static let launchOptions: [Option] = [
        .value("bundle", "b", "DIR", "the bundle's folder (default: this one)"),
        .value("config", "f", "FILE", "the configuration's name (default: config.json in the bundle)"),
        .value("pid-file", "FILE", "write the first process's number there"),
        .value("console-socket", "SOCKET", "send the terminal's master there"),
        .value("preserve-fds", "N", "the program keeps N descriptors from 3 on, besides those of LISTEN_FDS"),
        .flag("no-pivot", "move the root over the old one instead of pivot_root: for a host that runs from a ramdisk"),
        .flag("no-new-keyring", "keep the caller's session keyring"),
        .flag("no-subreaper", "accepted: there is none"),
    ]

    static let create = Command(
        name: "create", summary: "Makes a container from a bundle; its program waits for start.", options: launchOptions
    ) { arguments, session in
        _ = try Launch(arguments, session, waitsForStart: true)
        return 0
    }

    static let start = Command(name: "start", summary: "Lets the program of a created container begin.") {
        arguments, session in
        let id = try arguments.id()
        let record = try session.store.load(id)
        guard record.process.isAlive else { throw LaunchError(.state, "container \(id) has ended") }
        guard try session.store.isWaiting(id) else { throw LaunchError(.state, "container \(id) is already started") }
        try Container.start(record, through: try session.store.startSocket(id))
        try removeFile(try session.store.startSocket(id))
        return 0
    }
}
