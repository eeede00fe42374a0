import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeFixture.isPossible)) struct LaunchTests {
    @Test func aContainerHasAWorldOfItsOwn() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /proc/sys/kernel/hostname; echo $$; ls /; cat /proc/net/dev"]) {
            box throws in
            let output = try box.run()
            #expect(output.code == 0, "\(output.err)")
            let lines = output.out.split(separator: "\n")
            #expect(lines.prefix(2) == ["box", "1"])
            #expect(lines.contains("rootfs") == false)
            #expect(lines.filter { $0.contains(":") }.count == 1, "only lo: \(output.out)")
        }
    }

    @Test(arguments: [("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] as [(String, CInt)])
    func theExitStatusIsTheProgramsOwn(script: String, code: CInt) throws {
        // Process 1 ignores what it has no handler for, so it is a shell below it that the signal ends.
        try RuntimeFixture.with(["sh", "-c", "sh -c '\(script)'; exit $?"]) { box throws in
            #expect(try box.run().code == code)
        }
    }

    @Test func aProgramThatIsMissingOrNoProgramHasDockersCodeAndWords() throws {
        let cases: [(String, CInt, String)] = [
            ("nosuch", 127, "exec: \"nosuch\": executable file not found in $PATH"),
            ("/bin/nosuch", 127, "exec: \"/bin/nosuch\": stat /bin/nosuch: no such file or directory"),
            ("/etc/passwd", 126, "exec: \"/etc/passwd\": permission denied"),
            ("/etc", 126, "exec: \"/etc\": is a directory"),
            ("/bin/garbage", 126, "exec /bin/garbage: exec format error"),
        ]
        for (program, code, words) in cases {
            try RuntimeFixture.with([program]) { box throws in
                try box.write("/bin/garbage", "\u{1}\u{2}\u{3}", mode: 0o755)
                let output = try box.run()
                #expect(output.code == code)
                #expect(output.err.contains(words), "\(output.err)")
            }
        }
    }

    @Test func usersAreLookedUpInside() throws {
        try RuntimeFixture.with(["sh", "-c", "id -u; id -g; id -G; echo $HOME"]) { box throws in
            box.spec.annotations = [RuntimeAnnotation.user: "www"]
            #expect(try box.run().out == "33\n33\n33 44\n/var/www\n")
        }
        try RuntimeFixture.with(["id", "-g"]) { box throws in
            box.spec.annotations = [RuntimeAnnotation.user: "1000:extra"]
            #expect(try box.run().out == "44\n")
        }
        try RuntimeFixture.with(["id"]) { box throws in
            box.spec.annotations = [RuntimeAnnotation.user: "nobody"]
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("unable to find user nobody: no matching entries in passwd file"))
        }
    }

    @Test func theRootCanBeAnOverlayThatTheHostNeverSees() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /layer; echo new > /written"]) { box throws in
            for name in ["upper", "work", "lower"] { try makeDirectory("\(box.folder)/\(name)", mode: 0o755) }
            try rewriteFile("\(box.folder)/lower/layer", Array("top".utf8))
            let options = [
                "lowerdir=\(box.folder)/lower:\(box.host(""))", "upperdir=\(box.folder)/upper",
                "workdir=\(box.folder)/work", "index=off",
            ]
            let mount = JSON.object([
                ("type", "overlay"), ("source", "overlay"), ("options", JSON.array(options.map { JSON($0) })),
            ])
            let text = String(decoding: JSON.array([mount]).serialized(), as: UTF8.self)
            box.spec.annotations = [RuntimeAnnotation.rootMounts: text]
            let output = try box.run()
            #expect(output.out == "top", "\(output.err)")
            #expect(fileExists("\(box.folder)/upper/written"))
        }
    }

    /// More than one call of an older kernel takes.
    @Test func aRootCanHaveManyLayers() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /layer0 /layer39"]) { box throws in
            for name in ["upper", "work"] { try makeDirectory("\(box.folder)/\(name)", mode: 0o755) }
            let layers = (0..<40).map { "\(box.folder)/layer,\($0)" }
            for (number, layer) in layers.enumerated() {
                try makeDirectory(layer, mode: 0o755)
                try rewriteFile("\(layer)/layer\(number)", Array("\(number)\n".utf8))
            }
            let options = [
                "lowerdir=\((layers + [box.host("")]).joined(separator: ":"))", "upperdir=\(box.folder)/upper",
                "workdir=\(box.folder)/work",
            ]
            let mount = JSON.object([
                ("type", "overlay"), ("source", "overlay"), ("options", JSON.array(options.map { JSON($0) })),
            ])
            let text = String(decoding: JSON.array([mount]).serialized(), as: UTF8.self)
            box.spec.annotations = [RuntimeAnnotation.rootMounts: text]
            let output = try box.run()
            #expect(output.out == "0\n39\n", "\(output.err)")
        }
    }

    @Test func limitsAreWrittenBeforeTheProgramRuns() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            let group = try Cgroup("/berth-test-\(box.id)", in: CgroupLayout.detect())
            let statistics = try group.statistics()
            #expect(statistics.memoryLimit == 64 << 20)
            #expect(statistics.processLimit == 50)
            #expect(statistics.processes == 1)
        }
    }

    @Test func anEmptyVolumeIsFilledFromTheImage() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /data/sub/file; stat -c %u:%a /data/sub/file; ls -l /data/link"]) {
            box throws in
            try box.write("/data/sub/file", "content\n", mode: 0o640)
            let data = try RootFolder.openPlace(box.host("/data"))
            try DeviceNode.link("link", in: data.raw, to: "/etc/passwd")
            try makeDirectory("\(box.folder)/volume")
            box.spec.mounts?.append(
                .init(destination: "/data", type: "bind", source: "\(box.folder)/volume", options: ["rbind", "copyup"]))
            let output = try box.run()
            #expect(output.out.hasPrefix("content\n0:640\n"), "\(output.err)")
            #expect(output.out.contains("-> /etc/passwd"))
            #expect(fileExists("\(box.folder)/volume/sub/file"))
        }
    }

    @Test func anInitReapsAndPassesTheStatusOn() throws {
        try RuntimeFixture.with(["/sbin/docker-init", "--", "sh", "-c", "cat /proc/1/cmdline; exit 9"]) { box throws in
            box.spec.annotations = [RuntimeAnnotation.initProcess: "true"]
            let output = try box.run()
            #expect(output.code == 9, "\(output.err)")
            #expect(output.out.hasPrefix("/sbin/docker-init"))
        }
    }

    @Test func aLimitThatTheHostDoesNotAllowIsAWarning() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            box.spec.process?.capabilities?.bounding?.append("CAP_NO_SUCH")
            let output = try box.run()
            #expect(output.code == 0)
            #expect(output.err.contains("CAP_NO_SUCH"))
        }
    }

    @Test func parametersOfTheHostAreRefused() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            box.spec.linux?.sysctl = ["kernel.pid_max": "1000"]
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("kernel.pid_max"))
        }
        try RuntimeFixture.with(["cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"]) { box throws in
            box.spec.linux?.sysctl = ["net.ipv4.ip_unprivileged_port_start": "7"]
            #expect(try box.run().out == "7\n")
        }
    }
}
