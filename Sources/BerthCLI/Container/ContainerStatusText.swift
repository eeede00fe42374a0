import BerthAPI

extension ContainerState {
    /// `Up 3 seconds (healthy)`, `Exited (0) 5 seconds ago`, `Created`.
    func text(now: Timestamp) -> String {
        func since(_ time: Timestamp?) -> String {
            HumanTime.duration(now.nanoseconds - (time ?? now).nanoseconds)
        }
        switch status {
        case .running: return "Up " + since(startedAt) + (health.map { " (\($0.status.label))" } ?? "")
        case .paused: return "Up \(since(startedAt)) (Paused)"
        case .restarting: return "Restarting (\(exitCode)) \(since(finishedAt)) ago"
        case .removing: return "Removal In Progress"
        case .dead: return "Dead"
        case .created: return "Created"
        case .exited: return "Exited (\(exitCode)) \(since(finishedAt)) ago"
        }
    }
}

extension HealthStatus {
    /// As docker's `ps` has it.
    fileprivate var label: String { self == .starting ? "health: starting" : rawValue }
}
