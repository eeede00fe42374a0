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

    /// Options of the mount at a place, as the kernel shows them (proc_pid_mountinfo(5)): of the mount, of its file system.
    private func options(_ box: RuntimeFixture, at place: String) throws -> (
        mount: Set<String>, superblock: Set<String>
    ) {
        let lines = try box.exec([], "cat", "/proc/self/mountinfo").out.split(separator: "\n")
        let fields = try #require(lines.map { $0.split(separator: " ") }.last { $0[4] == place }, "nothing at \(place)")
        let rest = try #require(fields.last).split(separator: ",").map(String.init)
        let propagation = fields[6...].prefix { $0 != "-" }.map { String($0.prefix { $0 != ":" }) }
        return (Set(fields[5].split(separator: ",").map(String.init) + propagation), Set(rest))
    }

    @Test(
        arguments: [
            ("ro", ["ro"], ["rw"]), ("nosuid", ["nosuid"], []), ("nodev", ["nodev"], []), ("noexec", ["noexec"], []),
            ("nosymfollow", ["nosymfollow"], []), ("nodiratime", ["nodiratime"], []),
            ("noatime", ["noatime"], ["relatime"]), ("strictatime", [], ["relatime", "noatime"]),
            ("noatime,relatime", ["relatime"], ["noatime"]), ("ro,rw", ["rw"], ["ro"]), ("rw,ro", ["ro"], ["rw"]),
            ("noexec,exec", [], ["noexec"]), ("private", [], ["shared", "master"]), ("shared", ["shared"], []),
            ("unbindable", ["unbindable"], []), ("defaults,x-mount.note", ["rw", "relatime"], []),
            ("rro,rnosuid,rnodev,rnoexec", ["ro", "nosuid", "nodev", "noexec"], []), ("rnoatime", ["noatime"], []),
            ("rnodiratime,rnosymfollow", ["nodiratime", "nosymfollow"], []),
        ] as [(String, [String], [String])])
    func everyOptionIsTheKernels(words: String, present: [String], absent: [String]) throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            let words = words.split(separator: ",").map(String.init)
            try makeDirectory("\(box.folder)/volume")
            box.spec.mounts?.append(.init(destination: "/fresh", type: "tmpfs", source: "tmpfs", options: words))
            box.spec.mounts?.append(
                .init(
                    destination: "/bound", type: "bind", source: "\(box.folder)/volume", options: ["rbind"] + words))
            try box.start()
            for place in ["/fresh", "/bound"] {
                let found = try options(box, at: place).mount
                #expect(found.isSuperset(of: present), "\(place) \(found)")
                #expect(found.isDisjoint(with: absent), "\(place) \(found)")
            }
        }
    }

    /// A word that no table knows would go to the file system, or be lost on a bind mount.
    @Test func everyWordOfTheSpecificationIsKnown() {
        let words = """
            async atime bind defaults dev diratime dirsync exec idmap iversion lazytime loud mand noatime nodev nodiratime
            noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev
            rdiratime relatime remount rexec ridmap rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid
            rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared
            silent slave strictatime suid symfollow sync tmpcopyup unbindable
            """
        let known = Set(MountOptions.names)
        #expect(words.split(whereSeparator: \.isWhitespace).filter { !known.contains(String($0)) } == [])
    }

    @Test func theFileSystemHasItsOwnOptions() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            box.spec.mounts?.append(
                .init(
                    destination: "/fresh", type: "tmpfs", source: "name", options: ["size=1m", "mode=700", "dirsync"]))
            try box.start()
            let found = try options(box, at: "/fresh").superblock
            #expect(found.isSuperset(of: ["size=1024k", "mode=700", "dirsync"]), "\(found)")
        }
        try RuntimeFixture.with(["true"]) { box throws in
            box.spec.mounts?.append(.init(destination: "/fresh", type: "tmpfs", options: ["size=lots"]))
            #expect(try box.run().err.contains("mount tmpfs on /fresh: "))
        }
    }

    @Test func attributesReachWhatIsMountedBelow() throws {
        for (word, code) in [("ro", CInt(0)), ("rro", 1)] {
            try RuntimeFixture.with(["sh", "-c", "touch /outer/inner/file && ! touch /outer/file"]) { box throws in
                let outer = "\(box.folder)/outer"
                try makeDirectory("\(outer)/inner")
                try HostCommand.run("mount", "-t", "tmpfs", "tmpfs", "\(outer)/inner")
                defer { #expect(throws: Never.self) { try HostCommand.run("umount", "\(outer)/inner") } }
                box.spec.mounts?.append(
                    .init(destination: "/outer", type: "bind", source: outer, options: ["rbind", "rprivate", word]))
                #expect(try box.run().code == code, "\(word)")
            }
        }
    }

    @Test func aMountCanBeChangedByALaterOne() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try makeDirectory("\(box.folder)/volume")
            box.spec.mounts? += [
                .init(destination: "/data", type: "bind", source: "\(box.folder)/volume", options: ["rbind"]),
                .init(destination: "/data", options: ["bind", "remount", "ro", "noexec"]),
                .init(destination: "/fresh", type: "tmpfs", options: ["size=1m"]),
                .init(destination: "/fresh", type: "tmpfs", options: ["remount", "size=2m", "nosuid"]),
            ]
            try box.start()
            #expect(try options(box, at: "/data").mount.isSuperset(of: ["ro", "noexec"]))
            #expect(try options(box, at: "/fresh").superblock.contains("size=2048k"))
            #expect(try options(box, at: "/fresh").mount.contains("nosuid"))
        }
    }

    @Test func whatTheImageHasIsCopiedIntoATmpfs() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /data/sub/file; stat -c %a /data/sub/file; echo x > /data/new"]) {
            box throws in
            try box.write("/data/sub/file", "content\n", mode: 0o640)
            box.spec.mounts?.append(.init(destination: "/data", type: "tmpfs", options: ["tmpcopyup"]))
            let output = try box.run()
            #expect(output.out == "content\n640\n", "\(output.err)")
            #expect(!fileExists(box.host("/data/new")))
        }
    }

    @Test func aRelativeDestinationBeginsAtTheRoot() throws {
        try RuntimeFixture.with(["touch", "/old/style/file"]) { box throws in
            box.spec.mounts?.append(.init(destination: "old/style", type: "tmpfs"))
            #expect(try box.run().code == 0)
            #expect(!fileExists(box.host("/old/style/file")))
        }
    }

    // MARK: Mapped ids

    private func makeOwnedFile(_ box: RuntimeFixture) throws {
        try makeDirectory("\(box.folder)/volume", mode: 0o777)
        try HostCommand.run("chmod", "777", "\(box.folder)/volume")
        try rewriteFile("\(box.folder)/volume/file", [])
        try HostCommand.run("chown", "5:6", "\(box.folder)/volume/file")
    }

    @Test func idsOfAMountGoThroughItsMappings() throws {
        try RuntimeFixture.with(["sh", "-c", "stat -c %u:%g /data/file; touch /data/new"]) { box throws in
            try makeOwnedFile(box)
            var mount = RuntimeSpec.Mount(
                destination: "/data", type: "bind", source: "\(box.folder)/volume", options: ["rbind"])
            mount.uidMappings = [.init(containerID: 0, hostID: 1000, size: 100)]
            mount.gidMappings = [.init(containerID: 0, hostID: 2000, size: 100)]
            box.spec.mounts?.append(mount)
            box.spec.process?.user = .init(uid: 1007, gid: 2008)
            let output = try box.run()
            #expect(output.out == "1005:2006\n", "\(output.err)")
            #expect(try HostCommand.run("stat", "-c", "%u:%g", "\(box.folder)/volume/new") == "7:8")
        }
    }

    @Test(arguments: ["idmap", "ridmap"]) func aMountCanTakeTheContainersMappings(option: String) throws {
        try RuntimeFixture.with(["sh", "-c", "stat -c %u:%g /data/file; touch /data/new"]) { box throws in
            try makeOwnedFile(box)
            try makeDirectory(box.host("/data"), mode: 0o755)
            box.spec.linux?.namespaces?.append(.init(type: "user"))
            box.spec.linux?.uidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
            box.spec.linux?.gidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
            box.spec.mounts?.append(
                .init(
                    destination: "/data", type: "bind", source: "\(box.folder)/volume", options: ["rbind", option]))
            let output = try box.run()
            #expect(output.out == "5:6\n", "\(output.err)")
            #expect(try HostCommand.run("stat", "-c", "%u:%g", "\(box.folder)/volume/new") == "0:0")
        }
    }

    // MARK: The root

    @Test(
        arguments: [
            ("private", [], ["shared", "master"]), ("rprivate", [], ["shared", "master"]), ("shared", ["shared"], []),
            ("unbindable", ["unbindable"], []),
        ] as [(String, [String], [String])])
    func theRootPropagatesAsAskedFor(word: String, present: [String], absent: [String]) throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            box.spec.linux?.rootfsPropagation = word
            try box.start()
            let found = try options(box, at: "/").mount
            #expect(found.isSuperset(of: present), "\(found)")
            #expect(found.isDisjoint(with: absent), "\(found)")
        }
    }

    @Test func aReadOnlyRootLeavesItsMountsWritable() throws {
        try RuntimeFixture.with(["sh", "-c", "touch /tmp/x && ! touch /x && ! touch /etc/x"]) { box throws in
            box.spec.root?.readonly = true
            box.spec.mounts?.append(.init(destination: "/tmp", type: "tmpfs"))
            let output = try box.run()
            #expect(output.code == 0)
            #expect(output.err.contains("Read-only file system"))
        }
    }

    @Test func aNewMountOfTheHostReachesASlave() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            let outer = "\(box.folder)/outer"
            try makeDirectory("\(outer)/inner")
            try HostCommand.run("mount", "--bind", outer, outer)
            try HostCommand.run("mount", "--make-shared", outer)
            defer { #expect(throws: Never.self) { try HostCommand.run("umount", "-R", outer) } }
            for word in ["rslave", "rprivate"] {
                box.spec.mounts?.append(
                    .init(destination: "/\(word)", type: "bind", source: outer, options: ["rbind", word]))
            }
            try box.start()
            try HostCommand.run("mount", "-t", "tmpfs", "tmpfs", "\(outer)/inner")
            try rewriteFile("\(outer)/inner/seen", [])
            #expect(try box.exec([], "ls", "/rslave/inner").out == "seen\n")
            #expect(try box.exec([], "ls", "/rprivate/inner").out == "")
            try box.kill()
        }
    }
}
