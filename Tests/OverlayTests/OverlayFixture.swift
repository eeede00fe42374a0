import BerthAPI
import Glibc
import JSON
import JSONRPC
import LinuxSystem
import PluginConformance
import Testing

/// The overlay executable beside this test's, serving a state directory of its own.
final class OverlayFixture: Sendable {
    let plugin: PluginUnderTest
    let directory: String

    /// On tmpfs, whatever disk the project is on.
    static func with<R>(configuration: JSON = JSON.object([]), _ body: (OverlayFixture) throws -> R) throws -> R {
        let directory = "/dev/shm/berth-overlay-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(directory)
        defer {
            // Whatever the test found, its folder goes.
            try? removeTree(directory)
        }
        let fixture = try OverlayFixture(directory, configuration)
        defer { fixture.plugin.kill() }
        return try body(fixture)
    }

    private init(_ directory: String, _ configuration: JSON) throws {
        self.directory = directory
        plugin = try PluginUnderTest(
            executable: try Self.executable(), directory: directory, configuration: configuration)
    }

    static func executable() throws -> String {
        // `swift build --build-tests` puts the products beside the test bundle.
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        let path = parentDirectory(bundle) + "/berth-overlay"
        try #require(fileExists(path), "build the product berth-overlay first")
        return path
    }

    var state: String { directory + "/state" }

    func names(_ folder: String) throws -> [String] { try listDirectory("\(state)/\(folder)").sorted() }

    func prepare(_ key: String, on parent: String? = nil) throws -> [Mount] {
        try plugin.call(SnapshotPrepare(key: key, parent: parent)).mounts
    }

    func apply(_ blob: SharedDescriptor, to key: String, type: String = layerType) throws -> DifferApply.Result {
        try plugin.call(DifferApply(mediaType: type, key: key, mounts: []), descriptors: [blob])
    }

    func commit(_ key: String, as name: String, on parent: String? = nil) throws {
        _ = try plugin.call(SnapshotCommit(snapshot: name, key: key, parent: parent))
    }

    func remove(_ key: String) throws { _ = try plugin.call(SnapshotRemove(key: key)) }

    func kinds() throws -> [String: SnapshotInfo.Kind] {
        Dictionary(uniqueKeysWithValues: try plugin.call(SnapshotList()).map { ($0.key, $0.kind) })
    }

    func restart() throws {
        plugin.kill()
        try plugin.start()
    }
}

let layerType = "application/vnd.oci.image.layer.v1.tar"

func removeTree(_ path: String) throws {
    let parent = try DirectoryEntry.openAbsolute(BytePath(parentDirectory(path)))
    try TreeRemover.remove(parent.raw, BytePath(String(path.split(separator: "/").last!)))
}

/// An uncompressed layer with many small files: long enough to be interrupted.
func manyFiles(_ count: Int) -> [UInt8] {
    var tar = TarBuilder()
    let content = String(repeating: "0123456789", count: 60)
    for number in 0..<count {
        if number % 100 == 0 { tar.folder("folder-\(number / 100)") }
        tar.file("folder-\(number / 100)/file-\(number)", content)
    }
    return tar.finished()
}
