import BerthAPI
import JSON

/// Health checks as docker's `inspect` has them: members that are there only when there is something to say.
enum HealthDocument {
    /// `State.Health`.
    static func state(_ health: HealthState?) -> JSON {
        guard let health else { return [:] }
        let log = (health.log ?? []).map { result -> JSON in
            [
                "Start": JSON(result.start.description), "End": JSON(result.end.description),
                "ExitCode": JSON(result.exitCode), "Output": JSON(result.output),
            ]
        }
        return [
            "Health": [
                "Status": JSON(health.status.rawValue), "FailingStreak": JSON(health.failingStreak),
                "Log": .array(log),
            ]
        ]
    }

    /// `Config.Healthcheck`.
    static func config(_ check: HealthCheck?) -> JSON {
        guard let check else { return [:] }
        let numbers = [
            ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod),
            ("StartInterval", check.startInterval), ("Retries", check.retries.map(Int64.init)),
        ]
        var members: [(String, JSON)] = []
        if let test = check.test { members.append(("Test", .list(test))) }
        for case (let name, let number?) in numbers where number != 0 { members.append((name, JSON(number))) }
        if let action = check.onFailure { members.append(("OnFailure", JSON(action.rawValue))) }
        return ["Healthcheck": .object(members)]
    }
}
