import LinuxSystem
import TestSupport
import Testing

/// Compiles a skeleton in Swift against the modules that this build has made: seconds, where a package of its own would
/// build all of Berth once more.
enum SwiftSkeleton {
    /// What `Package.swift` names for a plugin.
    private static let kit = ["PluginKit", "BerthAPI", "JSONRPC", "JSON", "OCISpec", "LinuxSystem", "CLinux"]
    private static let layers = ["Layers", "Archive", "Hashing"]

    /// Makes the executable beside `plugin.json`.
    static func compile(_ folder: String, name: String) throws {
        let (tree, modules) = (SDKFixture.tree, try SDKFixture.products())
        let package = String(decoding: try readFile("\(folder)/Package.swift"), as: UTF8.self)
        let unpacks = package.contains("\"Layers\"")
        let sources = try listDirectory("\(folder)/Sources").sorted().map { "\(folder)/Sources/\($0)" }
        let objects = try objects(of: kit + (unpacks ? layers : []), in: modules)
        let maps = try listDirectory("\(tree)/Sources/System").map { "\(tree)/Sources/System/\($0)/module.modulemap" }
        let clang = (maps.filter(fileExists) + ["\(tree)/Sources/CLinux/include/module.modulemap"]).flatMap {
            ["-Xcc", "-fmodule-map-file=\($0)"]
        }
        let libraries = ["-ljansson", "-lm"] + (unpacks ? ["-l:libarchive.a", "-lisal", "-lzstd", "-lcrypto"] : [])
        let options = ["-swift-version", "6", "-Onone", "-warnings-as-errors", "-module-name", name]
        let output = try run(
            ["swiftc"] + options + ["-I", "\(modules)/Modules"] + clang + sources + objects + libraries
                + ["-o", "\(folder)/\(name)"], environment: ["PATH=\(environmentVariable("PATH") ?? "")"])
        try #require(output.code == 0, "\(output.text)")
    }

    /// As the build itself links them: it keeps objects of sources that were moved or deleted.
    private static func objects(of targets: [String], in modules: String) throws -> [String] {
        let list = try readFile("\(modules)/berth-overlay.product/Objects.LinkFileList")
        let objects = String(decoding: list, as: UTF8.self).split(separator: "\n").map(String.init)
        return objects.filter { object in targets.contains { object.contains("/\($0).build/") } }
    }

    /// Whether SwiftPM can read what is to be built with it.
    static func checkPackage(_ folder: String) throws {
        let output = try run(
            ["swift", "package", "--package-path", folder, "dump-package"],
            environment: ["PATH=\(environmentVariable("PATH") ?? "")", "BERTH_SOURCE=\(SDKFixture.tree)"])
        try #require(output.code == 0, "\(output.text)")
    }
}
