/// What a method's page says beyond its types: descriptors beside the messages, progress, and errors with a meaning of
/// their own.
struct MethodNotes: Sendable {
    var descriptors: String?
    var progress: String?
    /// By kind, in the order of the page.
    var errors: [(kind: String, meaning: String)] = []

    /// Some names mean one thing to the daemon and another to its plugins: `volume.create`.
    static func of(_ method: String, isPublic: Bool) -> MethodNotes {
        (isPublic ? services : plugins)[method] ?? MethodNotes()
    }

    private static let missingSnapshot = (kind: "notFound", meaning: "there is no such snapshot")
    private static let missingContainer = (kind: "notFound", meaning: "there is no such container")
    private static let attachStream = "the answer: the attach stream (run.md), where `attach` was asked for"

    private static let plugins: [String: MethodNotes] = [
        "initialize": .init(errors: [("failedPrecondition", "no version that both speak, or a state that is not read")]
        ),
        "plugin.configure": .init(errors: [
            ("failedPrecondition", "the change needs a fresh process: the supervisor starts one"),
            ("invalidArgument", "the configuration cannot be used"),
        ]),
        "snapshotter.prepare": .init(errors: [
            ("notFound", "there is no such parent"), ("conflict", "the key is another snapshot's"),
            ("failedPrecondition", "the parent is not committed"),
        ]),
        "snapshotter.view": .init(errors: [
            ("notFound", "there is no such parent"), ("conflict", "the key is another snapshot's"),
        ]),
        "snapshotter.commit": .init(errors: [
            ("notFound", "there is neither the key nor the committed snapshot"), ("conflict", "both are there"),
            ("failedPrecondition", "the key is not active, or has another parent"),
        ]),
        "snapshotter.mounts": .init(errors: [missingSnapshot, ("failedPrecondition", "it is committed")]),
        "snapshotter.stat": .init(errors: [("notFound", "there is no such snapshot, or its content is gone")]),
        "snapshotter.usage": .init(errors: [missingSnapshot]),
        "snapshotter.update": .init(errors: [missingSnapshot]),
        "snapshotter.remove": .init(errors: [("failedPrecondition", "it has children")]),
        "differ.apply": .init(
            descriptors: "the request: the blob, open for reading at offset 0",
            progress: "an integer: bytes of the blob read",
            errors: [("corrupted", "the archive is damaged or would leave its target"), missingSnapshot]),
        "differ.diff": .init(
            descriptors: "the request: a regular file, open for reading and writing, which the call empties first",
            progress: "an integer: bytes of the tar stream written",
            errors: [
                missingSnapshot, ("invalidArgument", "a media type that it does not write"),
                ("failedPrecondition", "something that a layer cannot hold, such as a name that begins with `.wh.`"),
                ("resourceExhausted", "no room to write"), ("unimplemented", "the differ has no capability `diff`"),
            ]),
        "differ.changes": .init(
            descriptors: "the request: a regular file, open for reading and writing, which the call empties first",
            progress: "an integer: bytes written",
            errors: [missingSnapshot, ("unimplemented", "the differ has no capability `diff`")]),
        "network.createNetwork": .init(errors: [
            ("conflict", "another network has the subnet"), ("invalidArgument", "a setting that cannot be"),
            ("resourceExhausted", "no subnet is free"),
        ]),
        "network.deleteNetwork": .init(errors: [("failedPrecondition", "it has endpoints")]),
        "network.attach": .init(
            descriptors: "the request: the sandbox's network namespace; none with capability `hostNamespace`",
            errors: [
                ("notFound", "there is no such network"),
                ("conflict", "the address or a port is taken; object `endpoint KEY` where another endpoint has it"),
                ("resourceExhausted", "no address is free"),
            ]),
        "network.publish": .init(errors: [
            ("notFound", "there is no such endpoint"), ("conflict", "a port is taken"),
        ]),
        "network.inspect": .init(errors: [("notFound", "there is no such network")]),
        "log.open": .init(
            descriptors: "the request: the driver's end of the log stream, on which the driver speaks first (run.md)",
            errors: [("invalidArgument", "an option that is not known, or cannot be")]),
        "log.validate": .init(errors: [("invalidArgument", "an option that is not known, or cannot be")]),
        "log.read": .init(
            descriptors: "the answer: a stream socket on which whole lines come as log frames (run.md)",
            errors: [("notFound", "the container has no log")]),
        "log.rotate": .init(errors: [("notFound", "the container has no log")]),
        "log.list": .init(errors: [("unimplemented", "the driver cannot list; the method came after version 0.1.0")]),
        "volume.remove": .init(errors: [("failedPrecondition", "it is mounted")]),
        "volume.mount": .init(errors: [("notFound", "there is no such volume")]),
        "volume.inspect": .init(errors: [("notFound", "there is no such volume")]),
        "volume.usage": .init(errors: [("notFound", "there is no such volume")]),
        "registry.resolve": .init(errors: [
            ("notFound", "the registry does not have it"), ("permissionDenied", "the credentials do not do"),
            ("unavailable", "the registry does not answer"),
        ]),
        "registry.fetch": .init(
            descriptors: "the request: the file to write to, which holds `offset` bytes",
            progress: "an integer: bytes in the file",
            errors: [("notFound", "the registry does not have it"), ("unavailable", "broken off; it can go on")]),
        "registry.push": .init(
            descriptors: "the request: a regular file, the whole content", progress: "an integer: bytes sent",
            errors: [("permissionDenied", "the credentials do not do")]),
        "registry.login": .init(errors: [("permissionDenied", "the credentials do not do")]),
        "shim.start": .init(
            descriptors: attachStream,
            errors: [
                ("notFound", "object `executable`: it is not there (127)"),
                ("permissionDenied", "object `executable`: it cannot be executed (126)"),
            ]),
        "shim.attach": .init(descriptors: "the answer: the attach stream (run.md)"),
        "shim.exec": .init(descriptors: attachStream),
        "shim.update": .init(errors: [
            ("unimplemented", "a limit that the host's control groups do not have"),
            ("internal", "the kernel refuses a limit: none is changed"),
        ]),
        "shim.logStream": .init(descriptors: "the request: the shim's end of a new log stream"),
    ]

    private static let services: [String: MethodNotes] = [
        "initialize": .init(errors: [("failedPrecondition", "no version that both speak")]),
        "container.create": .init(errors: [
            ("notFound", "object `image …`: pull it first"), ("conflict", "the name is taken"),
            ("invalidArgument", "a setting that cannot be"),
        ]),
        "container.start": .init(
            descriptors: attachStream,
            errors: [
                missingContainer, ("conflict", "it runs already"),
                ("unavailable", "a driver is away, by its failure policy"),
            ]),
        "container.attach": .init(
            descriptors: "the answer: the attach stream (run.md)",
            errors: [missingContainer, ("conflict", "it does not run")]),
        "container.exec": .init(
            descriptors: attachStream, errors: [missingContainer, ("conflict", "it does not run")]),
        "container.logs": .init(
            descriptors: "the answer: a stream socket on which whole lines come as log frames (run.md)",
            errors: [missingContainer]),
        "container.inspect": .init(errors: [missingContainer]),
        "container.pathStatus": .init(errors: [
            ("notFound", "there is no such container, or with object `path` nothing at the path")
        ]),
        "container.readArchive": .init(
            descriptors: "the request: where the tar goes",
            errors: [("notFound", "there is no such container, or with object `path` nothing at the path")]),
        "container.writeArchive": .init(
            descriptors: "the request: where the tar comes from",
            errors: [
                ("notFound", "there is no such container, or with object `path` no such folder"),
                ("invalidArgument", "the path is no folder, or an entry cannot be put where it belongs"),
                ("corrupted", "the archive is damaged"), ("resourceExhausted", "the disk is full"),
            ]),
        "container.export": .init(descriptors: "the request: where the tar goes", errors: [missingContainer]),
        "container.changes": .init(
            descriptors: "the answer: a regular file with the list",
            errors: [missingContainer, ("unimplemented", "the snapshotter's differ has no capability `diff`")]),
        "container.commit": .init(errors: [
            missingContainer, ("invalidArgument", "a name or a change that cannot be"),
            ("resourceExhausted", "the disk is full"),
            ("unimplemented", "the snapshotter's differ has no capability `diff`"),
        ]),
        "container.stop": .init(errors: [missingContainer]),
        "container.wait": .init(errors: [missingContainer]),
        "container.kill": .init(errors: [missingContainer, ("conflict", "it does not run")]),
        "container.pause": .init(errors: [missingContainer, ("conflict", "it does not run, or is paused already")]),
        "container.unpause": .init(errors: [missingContainer, ("conflict", "it is not paused")]),
        "container.rename": .init(errors: [missingContainer, ("conflict", "the name is taken")]),
        "container.update": .init(errors: [
            missingContainer, ("invalidArgument", "a limit that cannot be meant, or that the host refuses"),
            ("conflict", "a limit that another one stands against"),
            ("unimplemented", "a limit that the host's control groups do not have"),
        ]),
        "container.stats": .init(errors: [missingContainer]),
        "container.top": .init(errors: [
            missingContainer, ("conflict", "it does not run"),
            ("invalidArgument", "ps does not take the options, or they do not show the column PID"),
            ("failedPrecondition", "the host has no ps"),
        ]),
        "container.remove": .init(errors: [missingContainer, ("conflict", "it runs, and `force` is not given")]),
        "image.pull": .init(
            progress: "a TransferProgress: object, phase, current and total in bytes",
            errors: [("notFound", "no registry has it"), ("unavailable", "the registry does not answer")]),
        "image.push": .init(progress: "a TransferProgress: object, phase, current and total in bytes"),
        "image.remove": .init(errors: [("conflict", "a container uses it")]),
        "volume.remove": .init(errors: [("conflict", "a container uses it")]),
        "network.remove": .init(errors: [("conflict", "it has active endpoints")]),
        "plugin.install": .init(errors: [("permissionDenied", "granted is not what the manifest asks for")]),
    ]
}
