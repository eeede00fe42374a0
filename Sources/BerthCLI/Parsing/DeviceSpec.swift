import BerthAPI

/// `--device`: `source[:target][:permissions]`.
public enum DeviceSpec {
    public static func parse(_ text: String) throws(InvalidInput) -> DeviceRequest {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, !parts.contains("") else { throw InvalidInput("invalid device specification: \(text)") }
        let source = parts[0]
        guard source.hasPrefix("/") else {
            if text.contains("=") { throw InvalidInput("CDI devices are not supported: name the device's path") }
            throw InvalidInput("\(source) is not an absolute path")
        }
        var device = DeviceRequest(source: source, target: source)
        for part in parts.dropFirst() {
            if part.hasPrefix("/") {
                device.target = part
            } else if isPermissions(part), part == parts.last {
                device.permissions = part
            } else {
                throw InvalidInput("bad mode specified: \(part)")
            }
        }
        return device
    }

    private static func isPermissions(_ text: String) -> Bool {
        text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
    }
}

/// `--device-cgroup-rule`: `c 42:* rmw`, as the kernel's device list has it.
public enum DeviceRuleSpec {
    public static func parse(_ text: String) throws(InvalidInput) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        let numbers = words.count == 3 ? words[1].split(separator: ":", omittingEmptySubsequences: false) : []
        guard numbers.count == 2, ["a", "b", "c"].contains(words[0]), numbers.allSatisfy(isNumber),
            (1...3).contains(words[2].count), words[2].allSatisfy({ "rwm".contains($0) })
        else { throw InvalidInput("invalid device cgroup format '\(text)'") }
        return text
    }

    private static func isNumber(_ text: Substring) -> Bool {
        text == "*" || UInt32(text).map { String($0) == text } ?? false
    }
}

/// `--device-read-bps` and its kin: `path:rate`; `--blkio-weight-device`: `path:weight`.
public enum DeviceRateSpec {
    /// Bytes a second, with a unit.
    public static func parseBytes(_ text: String) throws(InvalidInput) -> DeviceRate {
        let (path, value) = try split(text)
        guard let rate = ByteSize.parse(value) else {
            throw InvalidInput(
                "invalid rate for device: \(text). The correct format is <device-path>:<number>[<unit>]."
                    + " Number must be a positive integer. Unit is optional and can be kb, mb, or gb")
        }
        return DeviceRate(path: path, rate: UInt64(rate))
    }

    public static func parseOperations(_ text: String) throws(InvalidInput) -> DeviceRate {
        let (path, value) = try split(text)
        guard let rate = UInt64(value) else {
            throw InvalidInput(
                "invalid rate for device: \(text). The correct format is <device-path>:<number>."
                    + " Number must be a positive integer")
        }
        return DeviceRate(path: path, rate: rate)
    }

    public static func parseWeight(_ text: String) throws(InvalidInput) -> DeviceWeight {
        let (path, value) = try split(text)
        guard let weight = Int(value), weight == 0 || (10...1000).contains(weight) else {
            throw InvalidInput("invalid weight for device: \(text)")
        }
        return DeviceWeight(path: path, weight: weight)
    }

    private static func split(_ text: String) throws(InvalidInput) -> (String, String) {
        let (path, value) = text.splitOnce(":")
        guard let value, !path.isEmpty else { throw InvalidInput("bad format: \(text)") }
        guard path.hasPrefix("/dev/") else { throw InvalidInput("bad format for device path: \(text)") }
        return (path, value)
    }
}
