import BerthAPI

/// A line of `plugin ls`.
struct PluginRow: Listable {
    var plugin: PluginInfo

    static var fields: [ListField<PluginRow>] {
        [
            ListField("Name", "NAME") { row, _ in row.plugin.name },
            ListField("Kinds", "KIND") { row, _ in row.plugin.kinds.joined(separator: ",") },
            ListField("Version", "VERSION") { row, _ in row.plugin.version },
            ListField("State", "STATE") { row, _ in row.plugin.state.rawValue },
            ListField("PID", "PID") { row, _ in row.plugin.pid.map(String.init) ?? "-" },
            ListField("Restarts", "RESTARTS") { row, _ in "\(row.plugin.restarts)" },
            ListField("RunningFor", "UPTIME") { $0.uptime($1) },
            ListField("Calls", "CALLS") { row, _ in "\(row.plugin.calls)" },
            ListField("Failures", "FAILURES") { row, _ in "\(row.plugin.failures)" },
            ListField("Policy", "POLICY") { row, _ in row.plugin.failurePolicy?.rawValue ?? "" },
            ListField("Error", "LAST ERROR") { row, _ in row.plugin.lastError ?? "" },
            ListField("Executable", "EXECUTABLE") { row, _ in row.plugin.executable },
            ListField("Socket", "SOCKET") { row, _ in row.plugin.socket },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] {
        ["Name", "Kinds", "Version", "State", "PID", "Restarts", "RunningFor"]
    }

    func quietValue(_ style: ListStyle) -> String { plugin.name }

    private func uptime(_ style: ListStyle) -> String {
        guard plugin.pid != nil, let started = plugin.startedAt else { return "-" }
        return HumanTime.duration(style.now.nanoseconds - started.nanoseconds)
    }
}
