import ArgumentParser
import BerthAPI

/// When a container is started again, and how it is asked whether it is well.
struct PolicyOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Restart policy to apply when a container exits", valueName: "policy[:retries]"))
    var restart: String?
    @Option(
        name: .customLong("health-cmd"), parsing: .unconditional,
        help: ArgumentHelp("Command to run to check health", valueName: "command"))
    var healthCommand: String?
    @Option(
        name: .customLong("health-interval"), parsing: .unconditional,
        help: ArgumentHelp("Time between running the check (30s unless said)", valueName: "duration"))
    var healthInterval: String?
    @Option(
        name: .customLong("health-timeout"), parsing: .unconditional,
        help: ArgumentHelp("Maximum time to allow one check to run (30s unless said)", valueName: "duration"))
    var healthTimeout: String?
    @Option(
        name: .customLong("health-retries"), parsing: .unconditional,
        help: ArgumentHelp("Consecutive failures needed to report unhealthy (3 unless said)", valueName: "number"))
    var healthRetries: Int?
    @Option(
        name: .customLong("health-start-period"), parsing: .unconditional,
        help: ArgumentHelp(
            "Start period for the container to initialize before failures count", valueName: "duration"))
    var healthStartPeriod: String?
    @Option(
        name: .customLong("health-start-interval"), parsing: .unconditional,
        help: ArgumentHelp("Time between running the check during the start period", valueName: "duration"))
    var healthStartInterval: String?
    @Option(
        name: .customLong("health-on-failure"), parsing: .unconditional,
        help: ArgumentHelp("What to do when it becomes unhealthy (none, restart, kill, stop)", valueName: "action"))
    var healthOnFailure: String?
    @Flag(name: .customLong("no-healthcheck"), help: "Disable any container-specified HEALTHCHECK")
    var noHealthCheck = false

    func apply(to config: inout ContainerConfig) throws {
        if let restart { config.restartPolicy = try RestartSpec.parse(restart) }
        config.healthCheck = try healthCheck()
        guard config.autoRemove == true else { return }
        if let policy = config.restartPolicy, policy.name != .no {
            throw InvalidInput("conflicting options: cannot specify both --restart and --rm")
        }
        if config.healthCheck?.onFailure == .restart {
            throw InvalidInput("conflicting options: cannot specify both --health-on-failure=restart and --rm")
        }
    }

    private func healthCheck() throws -> HealthCheck? {
        var check = HealthCheck()
        if let healthCommand, !healthCommand.isEmpty { check.test = ["CMD-SHELL", healthCommand] }
        check.interval = try duration(healthInterval, "--health-interval")
        check.timeout = try duration(healthTimeout, "--health-timeout")
        check.startPeriod = try duration(healthStartPeriod, "--health-start-period")
        check.startInterval = try duration(healthStartInterval, "--health-start-interval")
        if let healthRetries, healthRetries < 0 { throw InvalidInput("--health-retries cannot be negative") }
        check.retries = healthRetries
        check.onFailure = try parseOne(healthOnFailure, of: "--health-on-failure") { text throws in
            guard let action = HealthAction(rawValue: text) else {
                throw InvalidInput("use one of none, restart, kill, stop")
            }
            return action
        }
        guard noHealthCheck else { return check == HealthCheck() ? nil : check }
        guard check == HealthCheck() else { throw InvalidInput("--no-healthcheck conflicts with --health-* options") }
        return HealthCheck(test: ["NONE"])
    }

    private func duration(_ text: String?, _ flag: String) throws -> Int64? {
        let nanoseconds = try parseOne(text, of: flag) { text throws in
            guard let nanoseconds = DurationSpec.nanoseconds(text) else {
                throw InvalidInput("time: invalid duration \"\(text)\"")
            }
            return nanoseconds
        }
        guard nanoseconds ?? 0 >= 0 else { throw InvalidInput("\(flag) cannot be negative") }
        return nanoseconds
    }
}
