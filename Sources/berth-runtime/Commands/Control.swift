import ContainerRuntime
import LinuxSystem

extension Command {
    static let kill = Command(
        name: "kill", summary: "Sends a signal (default TERM) to the container's first process.", words: "ID [SIGNAL]",
        options: [.flag("all", "a", "to every process of the container")]
    ) { arguments, session in
        guard let id = arguments.words.first else { throw UsageError("a container id is missing") }
        guard arguments.words.count <= 2 else { throw UsageError("unexpected argument \(arguments.words[2])") }
        let name = arguments.words.count == 2 ? arguments.words[1] : "TERM"
        guard let signal = Signal.number(name) else { throw UsageError("unknown signal \(name)") }
        let record = try session.store.load(id)
        if arguments.has("all") {
            try signalAll(signal, record)
        } else {
            try Container.adopt(record).kill(signal)
        }
        return 0
    }

    /// Also when the first process has ended: without a pid namespace of its own a container may have others left. As
    /// with runc it is no error when none are.
    private static func signalAll(_ signal: CInt, _ record: ContainerRecord) throws {
        guard let cgroup = try Cgroup.of(record) else { return try Container.adopt(record).kill(signal) }
        try cgroup.signalAll(signal)
        // A process that stands still in v1's freezer does not die of it.
        if signal == 9 { try cgroup.thaw() }
    }

    static let delete = Command(
        name: "delete", summary: "Removes what a stopped container holds.",
        options: [.flag("force", "f", "kill it first when it runs; one that does not exist is no error")]
    ) { arguments, session in
        let id = try arguments.id()
        let record: ContainerRecord
        do {
            record = try session.store.load(id)
        } catch let error as LaunchError where arguments.has("force") && error.errno == .noEntry {
            // What a create that was killed half-way has left, or nothing.
            try session.store.release(id)
            return 0
        }
        if record.process.isAlive {
            let waiting = try session.store.isWaiting(id)
            guard arguments.has("force") || waiting else {
                throw LaunchError(.state, "container \(id) is running: stop it first or use --force")
            }
            try end(record)
        }
        try Cgroup.of(record)?.remove()
        try session.store.release(id)
        for warning in record.runPoststopHooks() { session.log.warning(warning) }
        return 0
    }

    private static func end(_ record: ContainerRecord) throws {
        do {
            let container = try Container.adopt(record)
            // Through the group too, so that a paused container can die.
            try container.cgroup?.thaw()
            try container.kill(9)
            _ = try ProcessDescriptor.waitUntilEnded(container.pidfd.raw, milliseconds: 10_000)
        } catch let error as LaunchError where error.kind == .state {
            return
        }
    }

    static let pause = Command(name: "pause", summary: "Stops all processes of the container where they are.") {
        arguments, session in
        let record = try session.store.load(try arguments.id())
        let status = try session.store.status(record)
        guard status != "paused" else { throw LaunchError(.state, "container \(record.id) is paused already") }
        try Container.adopt(record).pause()
        return 0
    }

    static let resume = Command(name: "resume", summary: "Lets the processes of a paused container go on.") {
        arguments, session in
        let record = try session.store.load(try arguments.id())
        let container = try Container.adopt(record)
        guard try session.store.status(record) == "paused" else {
            throw LaunchError(.state, "container \(record.id) is not paused")
        }
        try container.resume()
        return 0
    }
}
