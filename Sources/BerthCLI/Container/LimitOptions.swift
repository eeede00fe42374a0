import ArgumentParser
import BerthAPI

/// A container's limits, capabilities and log.
struct LimitOptions: ParsableArguments {
    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("memory")], parsing: .unconditional,
        help: ArgumentHelp("Memory limit", valueName: "bytes"))
    var memory: String?
    @Option(
        name: .customLong("memory-swap"), parsing: .unconditional,
        help: ArgumentHelp("Swap limit equal to memory plus swap: '-1' to enable unlimited swap", valueName: "bytes"))
    var memorySwap: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Number of CPUs", valueName: "decimal"))
    var cpus: String?
    @Option(
        name: [.customShort("c", allowingJoined: true), .customLong("cpu-shares")], parsing: .unconditional,
        help: ArgumentHelp("CPU shares (relative weight)", valueName: "weight"))
    var cpuShares: Int64?
    @Option(
        name: .customLong("pids-limit"), parsing: .unconditional,
        help: ArgumentHelp("Tune container pids limit (set -1 for unlimited)", valueName: "number"))
    var pidsLimit: Int64?
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
        name: .customLong("log-driver"), parsing: .unconditional,
        help: ArgumentHelp("Logging driver for the container", valueName: "name"))
    var logDriver: String?
    @Option(
        name: .customLong("log-opt"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Log driver options", valueName: "key=value"))
    var logOptions: [String] = []

    func apply(to config: inout ContainerConfig) throws {
        config.resources = try resources()
        config.security = try security()
        let options = try KeyValue.parse(logOptions, of: "--log-opt")
        if logDriver != nil || options != nil { config.log = LogRequest(driver: logDriver, options: options) }
    }

    private func resources() throws -> Resources? {
        var resources = Resources()
        resources.memory = try parseOne(memory, of: "-m, --memory", ByteSize.parseFlag)
        resources.memorySwap = try parseOne(memorySwap, of: "--memory-swap") { text throws in
            text == "-1" ? -1 : try ByteSize.parseFlag(text)
        }
        resources.nanoCPUs = try parseOne(cpus, of: "--cpus", CPUCount.parse)
        resources.cpuShares = cpuShares
        resources.pids = pidsLimit
        return resources == Resources() ? nil : resources
    }

    private func security() throws -> SecurityOptions? {
        var security = SecurityOptions()
        security.capAdd = capAdd.nonEmpty
        security.capDrop = capDrop.nonEmpty
        for option in securityOptions { try SecuritySpec.apply(option, to: &security) }
        return security == SecurityOptions() ? nil : security
    }
}

/// Repeatable `key=value` flags.
enum KeyValue {
    static func parse(_ values: [String], of flag: String) throws -> [String: String]? {
        guard !values.isEmpty else { return nil }
        let pairs = try parseAll(values, of: flag) { text throws in
            let (key, value) = text.splitOnce("=")
            guard let value, !key.isEmpty else { throw InvalidInput("it must be a key=value pair") }
            return (key, value)
        }
        return Dictionary(pairs) { $1 }
    }
}
