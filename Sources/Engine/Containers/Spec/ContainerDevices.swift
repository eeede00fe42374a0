import BerthAPI
import LinuxSystem
import OCISpec

/// The devices of the host that a container gets, and what its cgroup lets it do with devices.
struct ContainerDevices {
    private(set) var nodes: [RuntimeSpec.Device] = []
    private(set) var rules: [RuntimeSpec.DeviceRule]
    /// The same nodes as binds of the host's.
    private(set) var mounts: [RuntimeSpec.Mount] = []

    /// Looks the devices up: they can be others at the next start.
    ///
    /// - Throws: `invalidArgument` for one that is not there, or a rule that is none.
    init(_ config: ContainerConfig) throws {
        rules = SystemPaths.deviceRules
        if config.security?.privileged == true {
            rules = [.init(allow: true, access: "rwm")]
            for device in try Self.list("/dev", SystemPaths.ownDevices) { add(device, at: device.path) }
        }
        for request in config.devices ?? [] { try add(request) }
        for text in config.deviceRules ?? [] { rules.append(try Self.rule(text)) }
    }

    private mutating func add(_ request: DeviceRequest) throws {
        let found = try Self.find(request.source)
        for device in found {
            add(device, at: request.target + device.path.dropFirst(request.source.count))
            rules.append(
                .init(
                    allow: true, type: device.kind.letter, major: Int64(device.major), minor: Int64(device.minor),
                    access: request.permissions))
        }
    }

    private mutating func add(_ device: HostDevice, at path: String) {
        nodes.removeAll { $0.path == path }
        mounts.removeAll { $0.destination == path }
        mounts.append(.init(destination: path, type: "bind", source: device.path, options: ["bind", "rprivate"]))
        nodes.append(
            .init(
                type: device.kind.letter, path: path, major: Int64(device.major), minor: Int64(device.minor),
                fileMode: device.mode, uid: device.user, gid: device.group))
    }

    /// One device, or those in a folder.
    private static func find(_ source: String) throws -> [HostDevice] {
        do {
            if let device = try HostDevice(at: source) { return [device] }
        } catch {
            throw BerthError(
                .invalidArgument,
                "error gathering device information while adding custom device \"\(source)\": \(error.errno)")
        }
        let devices = (try? list(source, [])) ?? []
        guard !devices.isEmpty else {
            throw BerthError(
                .invalidArgument,
                "error gathering device information while adding custom device \"\(source)\": not a device node")
        }
        return devices
    }

    private static func list(_ folder: String, _ skipping: Set<String>) throws -> [HostDevice] {
        try HostDevice.all(below: folder, skipping: skipping)
    }

    /// `c 42:* rmw`.
    static func rule(_ text: String) throws -> RuntimeSpec.DeviceRule {
        let words = text.split(separator: " ")
        let numbers = words.count == 3 ? words[1].split(separator: ":") : []
        guard numbers.count == 2, ["a", "b", "c"].contains(words[0]), let major = number(numbers[0]),
            let minor = number(numbers[1]), (1...3).contains(words[2].count),
            words[2].allSatisfy({ "rwm".contains($0) })
        else { throw BerthError(.invalidArgument, "invalid device cgroup format '\(text)'") }
        return .init(
            allow: true, type: String(words[0]), major: major, minor: minor, access: String(words[2]))
    }

    /// −1 for all.
    private static func number(_ text: Substring) -> Int64? { text == "*" ? -1 : UInt32(text).map { Int64($0) } }
}
