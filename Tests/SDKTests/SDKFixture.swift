import BerthAPI
import Glibc
import JSON
import JSONRPC
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// A plugin written with an SDK, copied to a folder of the test's as an installation would copy it, and running there.
final class SDKFixture: Sendable {
    static let tree = parentDirectory(parentDirectory(parentDirectory(#filePath)))

    /// Where this build's products are.
    static func products() throws -> String {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        return parentDirectory(bundle)
    }

    let plugin: PluginUnderTest
    /// State, run directory and socket.
    let directory: String
    let manifest: PluginManifest

    /// Runs a test against an example of `SDK/examples`.
    static func with<R>(example: String, _ body: (SDKFixture) throws -> R) throws -> R {
        try withFolder { folder in
            let package = try install("\(tree)/SDK/examples/\(example)", below: folder)
            return try with(package: package, folder: folder, body)
        }
    }

    /// Runs a test against a plugin's folder.
    static func with<R>(package: String, folder: String, _ body: (SDKFixture) throws -> R) throws -> R {
        let fixture = try SDKFixture(package: package, directory: "\(folder)/instance")
        defer { fixture.plugin.kill() }
        return try body(fixture)
    }

    /// A folder on tmpfs that goes with the test.
    static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
        let folder = "/dev/shm/berth-sdk-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer {
            // Whatever the test found, its folder goes.
            try? removeDirectory(folder)
        }
        return try body(folder)
    }

    /// Copies a plugin's folder with what its links lead to, and compiles it if it has to be.
    ///
    /// - Returns: the copy.
    static func install(_ source: String, below folder: String) throws -> String {
        let name = String(source.split(separator: "/").last!)
        let copied = try run(["cp", "-rL", source, "\(folder)/\(name)"])
        try #require(copied.code == 0, "\(copied.text)")
        if fileExists("\(folder)/\(name)/Makefile") {
            let made = try run(["make", "-s", "-C", "\(folder)/\(name)", "CFLAGS=-O0"])
            try #require(made.code == 0, "\(made.text)")
        }
        return "\(folder)/\(name)"
    }

    private init(package: String, directory: String) throws {
        self.directory = directory
        try makeDirectory(directory)
        manifest = try JSON(parsing: try readFile("\(package)/plugin.json")).decode(PluginManifest.self)
        plugin = try PluginUnderTest(executable: "\(package)/\(manifest.executable)", directory: directory)
    }

    func restart() throws {
        plugin.kill()
        try plugin.start()
    }

    /// Calls on a connection of its own, for answers with descriptors.
    func reply<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> Reply<M.Result> {
        let connection = try plugin.connect()
        defer { connection.close(reason: "the test has its answer") }
        return try connection.callBlocking(method, timeout: .seconds(30), descriptors: descriptors)
    }

    func expect(
        _ kind: ErrorKind, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        let error = #expect(throws: BerthError.self, sourceLocation: location, performing: body)
        #expect(error?.kind == kind, "\(error?.message ?? "")", sourceLocation: location)
    }
}
