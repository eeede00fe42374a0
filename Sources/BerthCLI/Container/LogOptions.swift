import ArgumentParser
import BerthAPI

/// Where a container's output goes.
struct LogOptions: ParsableArguments {
    @Option(
        name: .customLong("log-driver"), parsing: .unconditional,
        help: ArgumentHelp("Logging driver for the container", valueName: "name"))
    var driver: String?
    @Option(
        name: .customLong("log-opt"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Log driver options", valueName: "key=value"))
    var options: [String] = []

    func apply(to config: inout ContainerConfig) throws {
        let options = try KeyValue.parse(options, of: "--log-opt")
        if driver != nil || options != nil { config.log = LogRequest(driver: driver, options: options) }
    }
}
