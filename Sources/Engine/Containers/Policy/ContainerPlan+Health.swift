import BerthAPI
import OCISpec

extension ContainerPlan {
    private static let shortest: Int64 = 1_000_000
    private static let defaultShell = ["/bin/sh", "-c"]

    /// The request's health check, with the image's in place of what it does not say.
    var healthCheck: HealthCheck? {
        let own = image.healthCheck.map(HealthCheck.init)
        guard var check = config.healthCheck ?? own else { return nil }
        if check.test?.isEmpty != false { check.test = own?.test }
        check.interval = check.interval ?? own?.interval
        check.timeout = check.timeout ?? own?.timeout
        check.retries = check.retries ?? own?.retries
        check.startPeriod = check.startPeriod ?? own?.startPeriod
        check.startInterval = check.startInterval ?? own?.startInterval
        return check
    }

    /// What a probe executes; nil when the health is not checked.
    func probe() throws -> [String]? {
        guard let test = healthCheck?.test, let kind = test.first, kind != "NONE" else { return nil }
        let command = Array(test.dropFirst())
        guard ["CMD", "CMD-SHELL"].contains(kind), command.first?.isEmpty == false else {
            throw BerthError(
                .invalidArgument, "the health check is neither NONE nor a command after CMD or CMD-SHELL: \(test)",
                object: "image \(config.image)", hint: "--no-healthcheck does without")
        }
        return kind == "CMD" ? command : (image.shell ?? Self.defaultShell) + command
    }

    /// docker's sentences.
    func checkPolicies() throws {
        try config.restartPolicy?.validate()
        if config.autoRemove == true, let policy = config.restartPolicy, policy.name != .no {
            throw BerthError(.invalidArgument, "can't create 'AutoRemove' container with restart policy")
        }
        if config.autoRemove == true, config.healthCheck?.onFailure == .restart {
            throw BerthError(
                .invalidArgument, "can't create 'AutoRemove' container that is restarted when it is unhealthy")
        }
        guard let check = healthCheck else { return }
        let times = [
            ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod),
            ("StartInterval", check.startInterval),
        ]
        for (name, time) in times where time != nil && time != 0 && time ?? 0 < Self.shortest {
            throw BerthError(.invalidArgument, "\(name) in Healthcheck cannot be less than 1ms")
        }
        if let retries = check.retries, retries < 0 {
            throw BerthError(.invalidArgument, "Retries in Healthcheck cannot be negative")
        }
        _ = try probe()
    }
}
