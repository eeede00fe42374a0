import BerthAPI
import Glibc
import JSONRPC
import LinuxSystem
import PluginConformance
import Testing

/// The local driver's executable beside this test's, serving a state directory of its own on tmpfs.
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

    @Test("a volume lives from create to remove, over crashes") func lifecycle() throws {
        try with { plugin, root in
            let made = try plugin.call(VolumeDriverCreate(volume: "data", labels: ["a": "b"]))
            #expect(made.mountpoint == "\(root)/data/_data")
            #expect(try plugin.call(VolumeDriverCreate(volume: "data")) == made)
            try writeFile(made.mountpoint + "/file", Array("content".utf8))
            let mount = Mount(type: "bind", source: made.mountpoint, options: ["rbind", "copyup"])
            for container in ["c1", "c1", "c2"] {
                #expect(try plugin.call(VolumeMount(volume: "data", container: container)).mount == mount)
            }
            plugin.kill()
            try plugin.start()
            #expect(try plugin.call(VolumeDriverInspect(volume: "data")) == made)
            #expect(try plugin.call(VolumeDriverList()) == [made])
            expect(.failedPrecondition) { _ = try plugin.call(VolumeDriverRemove(volume: "data")) }
            for _ in 0..<2 { _ = try plugin.call(VolumeUnmount(volume: "data", container: "c1")) }
            expect(.failedPrecondition) { _ = try plugin.call(VolumeDriverRemove(volume: "data")) }
            let usage = try plugin.call(VolumeUsage(volume: "data"))
            #expect(usage.inodes == 2 && usage.size > 0)
            _ = try plugin.call(VolumeUnmount(volume: "data", container: "c2"))
            for _ in 0..<2 { _ = try plugin.call(VolumeDriverRemove(volume: "data")) }
            #expect(try listDirectory(root) == [])
            _ = try plugin.call(VolumeUnmount(volume: "data", container: "c2"))
            expect(.notFound) { _ = try plugin.call(VolumeMount(volume: "data", container: "c1")) }
            expect(.notFound) { _ = try plugin.call(VolumeDriverInspect(volume: "data")) }
            expect(.notFound) { _ = try plugin.call(VolumeUsage(volume: "data")) }
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

    @Test("uses follow what the core says; volumes that it does not know stay") func reconcile() throws {
        try with { plugin, root in
            for name in ["a", "b"] {
                _ = try plugin.call(VolumeDriverCreate(volume: name))
                _ = try plugin.call(VolumeMount(volume: name, container: "gone"))
            }
            #expect(try plugin.call(VolumeReconcile(uses: ["a": ["c"]])).unknown == ["b"])
            expect(.failedPrecondition) { _ = try plugin.call(VolumeDriverRemove(volume: "a")) }
            _ = try plugin.call(VolumeUnmount(volume: "a", container: "c"))
            _ = try plugin.call(VolumeDriverRemove(volume: "a"))
            #expect(try listDirectory(root) == ["b"])
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
