import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeFixture.isPossible)) struct DeviceTests {
    @Test func theDefaultOnesAreThere() throws {
        let script = """
            stat -c '%n %t:%T %a %F' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
            for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done
            """
        let expected = """
            /dev/null 1:3 666 character special file
            /dev/zero 1:5 666 character special file
            /dev/full 1:7 666 character special file
            /dev/random 1:8 666 character special file
            /dev/urandom 1:9 666 character special file
            /dev/tty 5:0 666 character special file
            /proc/self/fd
            /proc/self/fd/0
            /proc/self/fd/1
            /proc/self/fd/2
            pts/ptmx

            """
        for inside in [false, true] {
            try RuntimeFixture.with(["sh", "-c", script]) { box throws in
                if inside {
                    box.spec.linux?.namespaces?.append(.init(type: "user"))
                    box.spec.linux?.uidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
                    box.spec.linux?.gidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
                }
                let output = try box.run()
                #expect(output.out == expected, "\(output.err)")
            }
        }
    }

    @Test func othersHaveTheirModeAndOwner() throws {
        try RuntimeFixture.with(["stat", "-c", "%n %t:%T %a %u:%g %F", "/dev/one", "/deep/er/two", "/dev/pipe"]) {
            box throws in
            box.spec.linux?.devices = [
                .init(type: "c", path: "/dev/one", major: 10, minor: 229, fileMode: 0o640, uid: 7, gid: 8),
                .init(type: "b", path: "/deep/er/two", major: 7, minor: 300, fileMode: 0o64600),
                .init(type: "p", path: "/dev/pipe", uid: 9),
            ]
            let output = try box.run()
            #expect(
                output.out == """
                    /dev/one a:e5 640 7:8 character special file
                    /deep/er/two 7:12c 4600 0:0 block special file
                    /dev/pipe 0:0 666 9:0 fifo

                    """, "\(output.err)")
        }
    }

    @Test func theImagesOwnNodeMustBeTheDevice() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            box.spec.linux?.devices = [.init(type: "c", path: "/node", major: 1, minor: 7)]
            let root = try RootFolder.openPlace(box.host("/"))
            try DeviceNode.make(
                "node", in: root.raw, .character, .init(major: 1, minor: 7), permissions: 0o600, uid: 0, gid: 0)
            #expect(try box.run().code == 0)
            box.spec.linux?.devices = [.init(type: "c", path: "/node", major: 1, minor: 5)]
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("linux.devices[0].path: /node is there already"), "\(output.err)")
        }
    }
}
