import LinuxSystem
import OCISpec

extension ResourcePlan {
    mutating func addDeviceRules(_ rules: [RuntimeSpec.DeviceRule]) {
        guard !rules.isEmpty else { return }
        for rule in rules.completed {
            let number = { (value: Int64?) in value.flatMap { $0 < 0 ? nil : "\($0)" } ?? "*" }
            let type = rule.type ?? "a"
            // The kernel takes "a" alone for everything.
            let value =
                type == "a" ? "a" : "\(type) \(number(rule.major)):\(number(rule.minor)) \(rule.access ?? "rwm")"
            add(.devices, rule.allow ? "devices.allow" : "devices.deny", value)
        }
    }
}

extension [RuntimeSpec.DeviceRule] {
    /// The list with what every container may use, as runc and crun have it: the default devices and terminals, and
    /// nodes of any kind, which alone open nothing. A list that a later rule opens to all needs none of it.
    var completed: [RuntimeSpec.DeviceRule] {
        if let last, last.allow, last.type ?? "a" == "a" { return self }
        return self + Self.always.filter { !contains($0) }
    }

    private static let always: [RuntimeSpec.DeviceRule] = [
        .init(allow: true, type: "c", access: "m"), .init(allow: true, type: "b", access: "m"),
        .init(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
        .init(allow: true, type: "c", major: 1, minor: 5, access: "rwm"),
        .init(allow: true, type: "c", major: 1, minor: 7, access: "rwm"),
        .init(allow: true, type: "c", major: 1, minor: 8, access: "rwm"),
        .init(allow: true, type: "c", major: 1, minor: 9, access: "rwm"),
        .init(allow: true, type: "c", major: 5, minor: 0, access: "rwm"),
        .init(allow: true, type: "c", major: 5, minor: 2, access: "rwm"),
        .init(allow: true, type: "c", major: 136, access: "rwm"),
    ]
}
