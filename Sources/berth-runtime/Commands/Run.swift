import ContainerRuntime
import LinuxSystem

extension Command {
    static let run = Command(
        name: "run", summary: "Creates a container, starts it and, unless detached, waits for its end and deletes it.",
        options: launchOptions + [
            .flag("detach", "d", "do not wait for its end"), .flag("keep", "do not delete it after its end"),
        ]
    ) { arguments, session in
        let launch = try Launch(arguments, session, waitsForStart: false)
        let container = launch.container
        do {
            try container.start()
        } catch {
            try session.store.release(launch.id)
            throw error
        }
        if arguments.has("detach") { return 0 }
        let terminal = arguments.value("console-socket") == nil ? container.terminal : nil
        let status = try Foreground(process: container.pidfd, terminal: terminal).wait()
        session.log.step("process \(container.pid) ended: \(status)")
        if !arguments.has("keep") {
            let warnings = try container.delete()
            try session.store.release(launch.id)
            for warning in warnings { session.log.warning(warning) }
        }
        return status.code
    }
}
