import ArgumentParser
import BerthAPI

/// A container's names and labels, and which image it is made from.
struct IdentityOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Assign a name to the container", valueName: "name"))
    var name: String?
    @Option(
        name: [.customShort("h", allowingJoined: true), .customLong("hostname")], parsing: .unconditional,
        help: ArgumentHelp("Container host name", valueName: "name"))
    var hostname: String?
    @Option(
        name: .customLong("domainname"), parsing: .unconditional,
        help: ArgumentHelp("Container NIS domain name", valueName: "name"))
    var domainName: String?
    @Option(
        name: [.customShort("l", allowingJoined: true), .customLong("label")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set meta data on a container", valueName: "key[=value]"))
    var labels: [String] = []
    @Option(
        name: .customLong("label-file"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Read in a line delimited file of labels", valueName: "file"))
    var labelFiles: [String] = []
    @Option(
        name: .customLong("annotation"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Add an annotation to the container (passed through to the OCI runtime)",
            valueName: "key=value"))
    var annotations: [String] = []
    @Option(
        name: .customLong("cidfile"), parsing: .unconditional,
        help: ArgumentHelp("Write the container ID to the file", valueName: "file"))
    var idFile: String?
    @Flag(name: .customLong("rm"), help: "Automatically remove the container when it exits")
    var autoRemove = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Set platform if the image is for several", valueName: "os/arch[/variant]"))
    var platform: String?
    @Option(help: ArgumentHelp("Pull image before creating (always, missing, never)", valueName: "policy"))
    var pull: PullPolicy = .missing
    @Flag(name: .shortAndLong, help: "Suppress the pull output")
    var quiet = false

    func apply(to config: inout ContainerConfig) throws {
        config.hostname = hostname
        config.domainName = domainName
        config.platform = platform
        config.autoRemove = autoRemove ? true : nil
        var all: [String: String] = [:]
        for file in labelFiles {
            for line in try EnvironmentSpec.lines(try EnvironmentFlags.read(file), name: file) {
                let (key, value) = try EnvironmentSpec.parseLabel(line)
                all[key] = value
            }
        }
        all.merge(try EnvironmentSpec.parseLabels(labels, of: "-l, --label")) { $1 }
        config.labels = all.isEmpty ? nil : all
        config.annotations = try KeyValue.parse(annotations, of: "--annotation")
    }
}

/// When an image is pulled before a container is made from it.
enum PullPolicy: String, ExpressibleByArgument, CaseIterable {
    case always, missing, never
}
