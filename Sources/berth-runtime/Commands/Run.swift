import ContainerRuntime
import LinuxSystem

extension Command {
    static let run = Command(
        usage: "run [--bundle DIR] [--detach] [--keep] [--pid-file FILE] [--console-socket PATH] ID",
        options: launchOptions + [
            .init(long: "detach", short: "d", takesValue: false), .init(long: "keep", takesValue: false),
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
        if !arguments.has("keep") {
            let warnings = try container.delete()
            try session.store.release(launch.id)
            for warning in warnings { session.log.warning(warning) }
        }
        return status.code
    }
}
