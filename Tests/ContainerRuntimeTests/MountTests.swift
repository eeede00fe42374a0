import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeFixture.isPossible)) struct MountTests {
    private static let hasLoopDevices = fileExists("/dev/loop-control") && HostCommand.exists("mkfs.ext4")

    /// What docker lets a container use: character devices that every program expects.
    private static let dockersRules: [RuntimeSpec.DeviceRule] = [
        .init(allow: false, access: "rwm"), .init(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
        .init(allow: true, type: "c", major: 1, minor: 5, access: "rwm"),
        .init(allow: true, type: "c", major: 136, access: "rwm"),
    ]

    /// A regression: the container's own device rules forbade the mount of its volume.
    @Test(.enabled(if: hasLoopDevices)) func aVolumeOnABlockDeviceIsMountedDespiteTheDeviceRules() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /data/file; cat /dev/loop"]) { box throws in
            let image = "\(box.folder)/disk"
            try makeDirectory("\(box.folder)/content")
            try rewriteFile("\(box.folder)/content/file", Array("on a disk\n".utf8))
            try HostCommand.run("truncate", "-s", "8M", image)
            try HostCommand.run("mkfs.ext4", "-q", "-d", "\(box.folder)/content", image)
            let device = try HostCommand.run("losetup", "--find", "--show", image)
            defer { #expect(throws: Never.self) { try HostCommand.run("losetup", "--detach", device) } }
            let minor = try #require(Int64(device.dropFirst("/dev/loop".count)))
            box.spec.linux?.resources?.devices = Self.dockersRules
            box.spec.linux?.devices = [.init(type: "b", path: "/dev/loop", major: 7, minor: minor)]
            box.spec.mounts?.append(.init(destination: "/data", type: "ext4", source: device, options: ["ro"]))
            let output = try box.run()
            #expect(output.out == "on a disk\n", "\(output.err)")
            #expect(output.err.contains("Operation not permitted"), "the rules do not hold: \(output.err)")
        }
    }
}
