import BerthAPI
import JSON
import OCISpec

/// What `HEALTHCHECK` says: `NONE`, or `[--option=value…] CMD command`.
struct HealthCheckInstruction {
    let check: ImageConfiguration.HealthCheck

    init(_ text: String, refusal: (String) -> BerthError) throws(BerthError) {
        var check = ImageConfiguration.HealthCheck()
        var rest = text
        while rest.hasPrefix("--") {
            let option = rest.prefix { !$0.isWhitespace }
            rest = String(rest.dropFirst(option.count)).trimmingSpaces
            guard Self.set(option.dropFirst(2), &check) else { throw refusal("unknown or bad option \(option)") }
        }
        let kind = rest.prefix { !$0.isWhitespace }
        let command = String(rest.dropFirst(kind.count)).trimmingSpaces
        switch kind.uppercased() {
        case "NONE" where command.isEmpty: check.test = ["NONE"]
        case "CMD" where !command.isEmpty: check.test = Self.test(command)
        default: throw refusal("NONE, or CMD with a command expected")
        }
        self.check = check
    }

    private static func test(_ command: String) -> [String] {
        let words = command.hasPrefix("[") ? (try? JSON(parsing: command))?.array?.compactMap(\.string) : nil
        return words.map { ["CMD"] + $0 } ?? ["CMD-SHELL", command]
    }

    /// - Returns: false for an option that there is not, or a value that it cannot have.
    private static func set(_ option: Substring, _ check: inout ImageConfiguration.HealthCheck) -> Bool {
        let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return false }
        if parts[0] == "retries" {
            check.retries = Int(parts[1]).flatMap { $0 > 0 ? $0 : nil }
            return check.retries != nil
        }
        guard let time = nanoseconds(parts[1]) else { return false }
        switch parts[0] {
        case "interval": check.interval = time
        case "timeout": check.timeout = time
        case "start-period": check.startPeriod = time
        case "start-interval": check.startInterval = time
        default: return false
        }
        return true
    }

    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Go's notation: `1m30s`. At least a millisecond.
    private static func nanoseconds(_ text: String) -> Int64? {
        var total = 0.0
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let suffix = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(suffix.count)
            guard let number = Double(digits), let unit = units.first(where: { $0.suffix == suffix }) else {
                return nil
            }
            total += number * unit.nanoseconds
        }
        return total >= 1e6 && total < 9e18 ? Int64(total) : nil
    }
}
