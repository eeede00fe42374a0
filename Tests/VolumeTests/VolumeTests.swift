import BerthAPI
import Glibc
import JSONRPC
import LinuxSystem
import PluginConformance
import Testing

/// What the conformance suite does not ask of every driver: the local driver's executable beside this test's, serving a
/// state directory of its own on tmpfs.
struct VolumeTests {
    private func with(_ body: (PluginUnderTest, String) throws -> Void) throws {
        let directory = "/dev/shm/berth-volume-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(directory)
        defer {
            // Whatever the test found, its folder goes.
            try? removeDirectory(directory)
        }
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        let executable = parentDirectory(bundle) + "/berth-local"
        try #require(fileExists(executable), "build the product berth-local first")
        let plugin = try PluginUnderTest(executable: executable, directory: directory)
        defer { plugin.kill() }
        try body(plugin, "\(directory)/state/volumes")
    }

    private func expect(_ kind: ErrorKind, _ body: () throws -> Void) {
        let error = #expect(throws: BerthError.self, performing: body)
        #expect(error?.kind == kind)
    }

    @Test("a volume is a folder below the state directory, and nothing of it stays") func folder() throws {
        try with { plugin, root in
            let made = try plugin.call(VolumeDriverCreate(volume: "data", labels: ["a": "b"]))
            #expect(made.mountpoint == "\(root)/data/_data")
            let mount = Mount(type: "bind", source: made.mountpoint, options: ["rbind", "copyup"])
            #expect(try plugin.call(VolumeMount(volume: "data", container: "c")).mount == mount)
            _ = try plugin.call(VolumeUnmount(volume: "data", container: "c"))
            _ = try plugin.call(VolumeDriverRemove(volume: "data"))
            #expect(try listDirectory(root) == [])
        }
    }

    @Test("names that are no folder's and options that are unknown are refused") func refusals() throws {
        try with { plugin, root in
            for name in ["", ".", "..", "a/b", ".hidden", "-x", "a b", String(repeating: "x", count: 300)] {
                expect(.invalidArgument) { _ = try plugin.call(VolumeDriverCreate(volume: name)) }
            }
            let refused: [[String: String]] = [
                ["size": "1g"], ["type": "tmpfs"], ["device": "tmpfs"],
                ["type": "none", "o": "bind", "device": "data"],
            ]
            for options in refused {
                expect(.invalidArgument) { _ = try plugin.call(VolumeDriverCreate(volume: "v", options: options)) }
            }
            let made = try listDirectory(root)
            #expect(made.isEmpty)
        }
    }

    @Test("docker's options become the mount") func options() throws {
        try with { plugin, _ in
            let cases: [(String, [String: String], Mount)] = [
                (
                    "t", ["type": "tmpfs", "device": "tmpfs", "o": "size=10m,uid=1"],
                    Mount(type: "tmpfs", source: "tmpfs", options: ["size=10m", "uid=1"])
                ),
                (
                    "b", ["type": "none", "device": "/srv/x", "o": "bind,ro"],
                    Mount(type: "bind", source: "/srv/x", options: ["bind", "ro"])
                ),
            ]
            for (name, options, mount) in cases {
                _ = try plugin.call(VolumeDriverCreate(volume: name, options: options))
                plugin.kill()
                try plugin.start()
                #expect(try plugin.call(VolumeMount(volume: name, container: "c")).mount == mount)
            }
        }
    }

    @Test("a crash leaves nothing half made or removed, and a damaged record loses no content")
    func leftovers() throws {
        try with { plugin, root in
            let made = try plugin.call(VolumeDriverCreate(volume: "kept"))
            plugin.kill()
            try makeDirectory("\(root)/.new-x/_data")
            try makeDirectory("\(root)/.trash-1/_data/deep")
            try writeFile("\(root)/kept/volume.json", Array("{".utf8))
            try plugin.start()
            #expect(try listDirectory(root) == ["kept"])
            expect(.corrupted) { _ = try plugin.call(VolumeMount(volume: "kept", container: "c")) }
            expect(.corrupted) { _ = try plugin.call(VolumeDriverCreate(volume: "kept")) }
            #expect(fileExists(made.mountpoint))
        }
    }
}
