import BerthAPI
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// The volume driver in Python.
@Suite(.serialized) struct VolumeTests {
    private let bind = ["rbind", "copyup"]

    @Test("a folder's life, over crashes") func folders() throws {
        try SDKFixture.with(example: "quota-volume") { fixture in
            let plugin = fixture.plugin
            let made = try plugin.call(VolumeDriverCreate(volume: "data", labels: ["a": "b"]))
            #expect(try plugin.call(VolumeDriverCreate(volume: "data")) == made)
            try writeFile(made.mountpoint + "/file", Array("content".utf8))
            for container in ["c1", "c1", "c2"] {
                let mount = try plugin.call(VolumeMount(volume: "data", container: container)).mount
                #expect(mount == Mount(type: "bind", source: made.mountpoint, options: bind))
            }
            try fixture.restart()
            #expect(try plugin.call(VolumeDriverList()) == [made])
            for _ in 0..<2 { _ = try plugin.call(VolumeUnmount(volume: "data", container: "c1")) }
            fixture.expect(.failedPrecondition) { _ = try plugin.call(VolumeDriverRemove(volume: "data")) }
            #expect(try plugin.call(VolumeUsage(volume: "data")).inodes == 2)
            #expect(try plugin.call(VolumeReconcile(uses: [:])).unknown == ["data"])
            for _ in 0..<2 { _ = try plugin.call(VolumeDriverRemove(volume: "data")) }
            #expect(try listDirectory("\(fixture.directory)/state/volumes") == [])
            fixture.expect(.notFound) { _ = try plugin.call(VolumeMount(volume: "data", container: "c1")) }
            fixture.expect(.notFound) { _ = try plugin.call(VolumeUsage(volume: "data")) }
        }
    }

    @Test("bad names, options and sizes are refused") func refusals() throws {
        try SDKFixture.with(example: "quota-volume") { fixture in
            for name in ["", ".", "..", "a/b", "../x", "a\u{0}b", String(repeating: "x", count: 300), "-x"] {
                fixture.expect(.invalidArgument) { _ = try fixture.plugin.call(VolumeDriverCreate(volume: name)) }
            }
            for options in [["size": "1k"], ["size": "-5m"], ["size": "lots"], ["color": "red"]] {
                fixture.expect(.invalidArgument) {
                    _ = try fixture.plugin.call(VolumeDriverCreate(volume: "v", options: options))
                }
            }
            let volumes = try fixture.plugin.call(VolumeDriverList())
            #expect(volumes.isEmpty)
        }
    }

    @Test("a volume with a size takes no more, and its loop device goes with its last user") func sizes() throws {
        try SDKFixture.with(example: "quota-volume") { fixture in
            let plugin = fixture.plugin
            let image = try plugin.call(VolumeDriverCreate(volume: "small", options: ["size": "8m"])).mountpoint
            let mount = try plugin.call(VolumeMount(volume: "small", container: "c1")).mount
            #expect(mount.type == "ext4")
            let filled = try run([
                "unshare", "-m", "sh", "-c",
                "mount -t ext4 \(mount.source) /mnt && ! dd if=/dev/zero of=/mnt/f bs=1M count=20 2>&1 && ls -l /mnt/f",
            ])
            #expect(filled.code == 0 && filled.text.contains("No space left on device"), "\(filled.text)")
            // The same device for every user: two would be two filesystems.
            #expect(try plugin.call(VolumeMount(volume: "small", container: "c2")).mount == mount)
            #expect(try plugin.call(VolumeUsage(volume: "small")).size > 4 << 20)
            try fixture.restart()
            #expect(try plugin.call(VolumeMount(volume: "small", container: "c2")).mount == mount)
            for container in ["c1", "c2"] {
                let devices = try run(["losetup", "-j", image]).text
                #expect(devices.contains(mount.source))
                _ = try plugin.call(VolumeUnmount(volume: "small", container: container))
            }
            #expect(try run(["losetup", "-j", image]).text == "")
            _ = try plugin.call(VolumeDriverRemove(volume: "small"))
        }
    }
}
