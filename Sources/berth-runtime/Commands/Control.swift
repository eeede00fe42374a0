import ContainerRuntime
import LinuxSystem

extension Command {
    static let kill = Command(
        usage: "kill [--all] ID [SIGNAL]", options: [.init(long: "all", short: "a", takesValue: false)]
    ) { arguments, session in
        guard let id = arguments.words.first, arguments.words.count <= 2 else { throw UsageError("kill ID [SIGNAL]") }
        let name = arguments.words.count == 2 ? arguments.words[1] : "TERM"
        guard let signal = Signal.number(name) else { throw UsageError("unknown signal \(name)") }
        let record = try session.store.load(id)
        if arguments.has("all"), let cgroup = try Cgroup.of(record) {
            try cgroup.signalAll(signal)
        } else {
            try Container.adopt(record).kill(signal)
        }
        return 0
    }

    static let delete = Command(
        usage: "delete [--force] ID", options: [.init(long: "force", short: "f", takesValue: false)]
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

    static let pause = Command(usage: "pause ID", options: []) { arguments, session in
        try Container.adopt(try session.store.load(try arguments.id())).pause()
        return 0
    }

    static let resume = Command(usage: "resume ID", options: []) { arguments, session in
        try Container.adopt(try session.store.load(try arguments.id())).resume()
        return 0
    }
}
