import BerthAPI
import LinuxSystem
import PluginConformance
import Testing

/// Runs `body` with one of the tree's plugins, in a network namespace of its own: a network driver stays off the host's.
func withPlugin(_ name: String, _ body: (PluginUnderTest) async throws -> Void) async throws {
    // `swift build --build-tests` puts the products beside the test bundle.
    let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
    let executable = parentDirectory(bundle) + "/berth-\(name)"
    try #require(fileExists(executable), "build the product berth-\(name) first")
    let directory = "/dev/shm/berth-protocol-\(name)-\(UInt64.random(in: 0...UInt64.max))"
    try makeDirectory(directory)
    defer { try? removeDirectory(directory) }
    let wrapper = "\(directory)/plugin"
    let script = "#!/bin/sh\nexec unshare --net sh -c 'ip link set lo up; exec \(executable)'\n"
    try writeFile(wrapper, Array(script.utf8), mode: 0o755)
    let plugin = try PluginUnderTest(executable: wrapper, directory: directory)
    defer { plugin.kill() }
    try await body(plugin)
}
