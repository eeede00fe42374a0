import ArgumentParser
import BerthAPI

/// What a container's processes may do.
struct ConfinementOptions: ParsableArguments {
    @Flag(help: "Give extended privileges to this container")
    var privileged = false
    @Option(
        name: .customLong("cap-add"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add Linux capabilities", valueName: "name"))
    var capAdd: [String] = []
    @Option(
        name: .customLong("cap-drop"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Drop Linux capabilities", valueName: "name"))
    var capDrop: [String] = []
    @Option(
        name: .customLong("security-opt"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Security options", valueName: "option[=value]"))
    var securityOptions: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add a host device to the container", valueName: "source[:target][:rwm]"))
    var device: [String] = []
    @Option(
        name: .customLong("device-cgroup-rule"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add a rule to the cgroup allowed devices list", valueName: "rule"))
    var deviceRules: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("GPU devices to add to the container: not supported", valueName: "devices"))
    var gpus: String?
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Ulimit options", valueName: "name=soft[:hard]"))
    var ulimit: [String] = []
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Sysctl options", valueName: "name=value"))
    var sysctl: [String] = []
    @Option(parsing: .unconditional, help: ArgumentHelp("Runtime to use for this container", valueName: "name"))
    var runtime: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Container isolation technology", valueName: "default"))
    var isolation: String?

    func apply(to config: inout ContainerConfig) throws {
        config.security = try security()
        config.devices = try parseAll(device, of: "--device", DeviceSpec.parse).nonEmpty
        config.deviceRules = try parseAll(deviceRules, of: "--device-cgroup-rule", DeviceRuleSpec.parse).nonEmpty
        config.ulimits = try parseAll(ulimit, of: "--ulimit", UlimitSpec.parse).nonEmpty
        config.sysctls = try KeyValue.parse(sysctl, of: "--sysctl")
        config.runtime = runtime
        if gpus != nil {
            throw InvalidInput("could not select device driver \"\" with capabilities: [[gpu]]: use --device")
        }
        if let isolation, !["", "default"].contains(isolation.lowercased()) {
            throw InvalidInput("invalid --isolation: \"\(isolation)\": linux only supports \"default\"")
        }
    }

    private func security() throws -> SecurityOptions? {
        var security = SecurityOptions()
        security.privileged = privileged ? true : nil
        security.capAdd = capAdd.nonEmpty
        security.capDrop = capDrop.nonEmpty
        for option in securityOptions { try SecuritySpec.apply(option, to: &security) }
        return security == SecurityOptions() ? nil : security
    }
}
