import BerthAPI
import Glibc
import Hashing
import JSON
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

/// A registry plugin's executable beside this test's, and a folder of the test's own on tmpfs.
struct RegistryFixture {
    let plugin: PluginUnderTest
    let folder: String

    static func with(
        _ executable: String, configuration: JSON = JSON.object([]), _ body: (RegistryFixture) throws -> Void
    ) throws {
        let folder = "/dev/shm/berth-registry-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer {
            // Whatever the test found, its folder goes.
            try? removeDirectory(folder)
        }
        let plugin = try PluginUnderTest(
            executable: try Self.executable(executable), directory: folder, configuration: configuration)
        defer { plugin.kill() }
        try body(RegistryFixture(plugin: plugin, folder: folder))
    }

    /// `swift build --build-tests` puts the products beside the test bundle.
    static func executable(_ name: String) throws -> String {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        let path = parentDirectory(bundle) + "/" + name
        try #require(fileExists(path), "build the product \(name) first")
        return path
    }

    static let fixtures = parentDirectory(parentDirectory(#filePath)) + "/Fixtures"

    // MARK: Files

    func file(_ name: String, _ bytes: [UInt8] = []) throws -> SharedDescriptor {
        let file = try Folder.open(folder).open(name, .create)
        try RegularFile.write(file.raw, bytes, at: 0)
        return file.shared()
    }

    static func blob(_ bytes: [UInt8], type: String = MediaType.layerGzip) -> OCIDescriptor {
        OCIDescriptor(mediaType: type, digest: SHA256.digest(of: bytes).description, size: Int64(bytes.count))
    }

    // MARK: Calls

    /// Fetches into a new file.
    func fetch(_ descriptor: OCIDescriptor, _ target: RegistryTarget, having: [UInt8] = []) throws -> [UInt8] {
        let file = try file("fetch-\(UInt64.random(in: 0...UInt64.max))", having)
        let result = try plugin.call(
            RegistryFetch(target: target, descriptor: descriptor, offset: Int64(having.count)), descriptors: [file])
        #expect(result.size == descriptor.size)
        return try RegularFile.readAll(file.raw, limit: 64 << 20)
    }

    func push(_ bytes: [UInt8], _ target: RegistryTarget, type: String = MediaType.layerGzip, tag: String? = nil)
        throws -> Bool
    {
        let file = try file("push-\(UInt64.random(in: 0...UInt64.max))", bytes)
        let request = RegistryPush(target: target, descriptor: Self.blob(bytes, type: type), reference: tag)
        return try plugin.call(request, descriptors: [file]).existed
    }

    /// Pushes an image of one layer.
    ///
    /// - Returns: the manifest.
    func pushImage(_ target: RegistryTarget, tag: String, layer: [UInt8]) throws -> OCIDescriptor {
        let config = Array(#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8)
        _ = try push(layer, target)
        _ = try push(config, target, type: MediaType.config)
        let manifest = ImageManifest(config: Self.blob(config, type: MediaType.config), layers: [Self.blob(layer)])
        let bytes = try JSON(encoding: manifest).serialized()
        _ = try push(bytes, target, type: MediaType.manifest, tag: tag)
        return Self.blob(bytes, type: MediaType.manifest)
    }

    func expect(_ kind: ErrorKind, _ text: String, _ body: () throws -> Void) {
        let error = #expect(throws: BerthError.self, performing: body)
        #expect(error?.kind == kind, "\(error?.message ?? "")")
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }
}
