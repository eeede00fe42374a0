import BerthAPI
import Confinement
import LinuxSystem
import PluginConformance
import Testing

/// A plugin of the tree, and the suites that its kinds have.
struct TreePlugin: Sendable, CustomStringConvertible {
    /// Its folder below `Plugins`.
    var folder: String
    var suite: String

    var description: String { "\(folder), \(suite)" }

    /// Every plugin with the suites that concern it.
    static let all = [
        "Snapshotter/Overlay": ["snapshotter", "differ"], "Log/JSONFile": ["log"], "Volume/Local": ["volume"],
        "Network/Bridge": ["network"], "Network/None": ["network"], "Network/Host": ["network"],
        "Registry/Layout": ["registry"],
        // Its own suite needs a server: RegistryTests.
        "Registry/Distribution": [],
    ].sorted { $0.key < $1.key }.flatMap { folder, suites in
        (["common"] + suites).map { TreePlugin(folder: folder, suite: $0) }
    }

    /// As the daemon holds plugins in; nil for who may not make namespaces.
    static func confinement() throws -> ConfinementSettings? {
        guard CurrentProcess.uid == 0 else { return nil }
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        return ConfinementSettings(
            executable: "\(parentDirectory(bundle))/berth-confine",
            cgroupParent: "/berth-conformance-\(Host.processID)")
    }

    /// The manifest from the tree, the executable from the build folder: products lie beside the test bundle.
    func source() throws -> TestedPlugin {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        let tree = parentDirectory(parentDirectory(parentDirectory(#filePath)))
        var source = try TestedPlugin(manifest: "\(tree)/Plugins/\(folder)/plugin.json")
        source.executable = "\(parentDirectory(bundle))/\(source.manifest?.executable ?? "")"
        try #require(fileExists(source.executable), "build the product \(source.executable) first")
        return source
    }
}
