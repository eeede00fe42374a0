import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// What a process is given, read back from inside (config.md, "Process").
@Suite(.enabled(if: RuntimeFixture.isPossible)) struct ProcessTests {
    @Test func limitsAreTheConfigurationsOwn() throws {
        try RuntimeFixture.with(["cat", "/proc/self/limits"]) { box throws in
            box.spec.process?.rlimits = [
                .init(type: "RLIMIT_NOFILE", soft: 100, hard: 200), .init(type: "RLIMIT_CORE", soft: 0, hard: 0),
            ]
            let words = try box.run().out.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(words.contains { $0.starts(with: ["Max", "open", "files", "100", "200"]) })
            #expect(words.contains { $0.starts(with: ["Max", "core", "file", "size", "0", "0"]) })
        }
    }

    /// A program given both takes the first, the lookup of programs took the last: it is given one.
    @Test func ofTwoVariablesWithOneNameTheLastCounts() throws {
        try RuntimeFixture.with(["cat", "/proc/self/environ"]) { box throws in
            box.spec.process?.env = ["A=old", "PATH=/nowhere", "HOME=/", "A=new=er", "PATH=/bin", "B="]
            #expect(try box.run().out == "A=new=er\0PATH=/bin\0HOME=/\0B=\0")
        }
    }

    @Test func theFileModeMaskIsGivenOrTheUsualOne() throws {
        for (mask, shown) in [(0o077, "0077"), (nil, "0022")] as [(UInt32?, String)] {
            try RuntimeFixture.with(["sh", "-c", "umask; sleep 100"]) { box throws in
                box.spec.process?.user?.umask = mask
                try box.start()
                #expect(try box.exec([], "sh", "-c", "umask").out == "\(shown)\n")
            }
        }
    }

    @Test func ambientCapabilitiesReachAnotherUser() throws {
        try RuntimeFixture.with(["cat", "/proc/self/status"]) { box throws in
            let names = ["CAP_NET_BIND_SERVICE"]
            box.spec.process?.user = .init(uid: 33, gid: 33, additionalGids: [44, 55])
            box.spec.process?.capabilities = .init(
                bounding: names, effective: names, inheritable: names, permitted: names, ambient: names)
            let status = try box.run().out
            for kind in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                #expect(status.contains("\(kind):\t0000000000000400"), "\(kind)")
            }
            #expect(status.contains("Groups:\t44 55"))
        }
    }

    @Test func capabilitiesThatArentAmbientDoNotReachAnotherUser() throws {
        try RuntimeFixture.with(["cat", "/proc/self/status"]) { box throws in
            box.spec.process?.user = .init(uid: 33, gid: 33)
            let status = try box.run().out
            #expect(status.contains("CapEff:\t0000000000000000"))
            #expect(status.contains("CapAmb:\t0000000000000000"))
        }
    }

    @Test func theOOMScoreIsWritten() throws {
        try RuntimeFixture.with(["cat", "/proc/self/oom_score_adj"]) { box throws in
            box.spec.process?.oomScoreAdj = 321
            #expect(try box.run().out == "321\n")
        }
    }

    @Test(
        arguments: [("SCHED_BATCH", 0, 3), ("SCHED_IDLE", 0, 5), ("SCHED_FIFO", 7, 1), ("SCHED_RR", 9, 2)]
            as [(String, Int32, Int)])
    func theSchedulingPolicyHolds(policy: String, priority: Int32, number: Int) throws {
        try RuntimeFixture.with(["cut", "-d", " ", "-f", "40,41", "/proc/1/stat"]) { box throws in
            // A group of v1 has no real time unless it is given some; v2 knows no such limit.
            if try CgroupLayout.detect().version == .v1 {
                box.spec.linux?.resources?.cpu = .init()
                box.spec.linux?.resources?.cpu?.realtimeRuntime = 50_000
            }
            box.spec.process?.scheduler = .init(policy: policy, priority: priority)
            let output = try box.run()
            #expect(output.out == "\(priority) \(number)\n", "\(output.err)")
        }
    }

    @Test func aNiceValueIsTheProcesssOwn() throws {
        try RuntimeFixture.with(["sh", "-c", "cut -d ' ' -f 19 /proc/1/stat; ionice -p 1"]) { box throws in
            box.spec.process?.scheduler = .init(policy: "SCHED_OTHER", nice: 5)
            box.spec.process?.ioPriority = .init(class: "IOPRIO_CLASS_BE", priority: 6)
            let output = try box.run()
            #expect(output.out == "5\nbest-effort: prio 6\n", "\(output.err)")
        }
    }

    @Test(.enabled(if: RuntimeFixture.hasPython)) func aDeadlineIsKeptByTheKernel() throws {
        let script = """
            import ctypes, struct
            buffer = ctypes.create_string_buffer(56)
            print(ctypes.CDLL(None).syscall(315, 0, buffer, 56, 0), *struct.unpack('IIQiIQQQ', buffer.raw[:48])[1:])
            """
        try RuntimeFixture.with(["/usr/bin/python3", "-c", script]) { box throws in
            try box.addHostPrograms()
            box.spec.process?.scheduler = .init(
                policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_RESET_ON_FORK"], runtime: 2_000_000,
                deadline: 5_000_000, period: 10_000_000)
            let output = try box.run()
            #expect(output.out == "0 6 1 0 0 2000000 5000000 10000000\n", "\(output.err)")
        }
    }

    @Test func thePersonalityIsThatOfEveryProcess() throws {
        try RuntimeFixture.with(["sh", "-c", "uname -m; cat /proc/self/personality; sleep 100"]) { box throws in
            box.spec.linux?.personality = .init(domain: "LINUX32", flags: ["ADDR_NO_RANDOMIZE"])
            try box.start()
            #expect(try box.exec([], "cat", "/proc/self/personality").out == "00040008\n")
        }
    }

    @Test func aTerminalHasTheSizeAskedFor() throws {
        try RuntimeFixture.with(["sh", "-c", "stty size"]) { box throws in
            let root = try RootFolder.openPlace(box.host("/bin"))
            try DeviceNode.link("stty", in: root.raw, to: "busybox")
            box.spec.process?.terminal = true
            box.spec.process?.consoleSize = .init(height: 33, width: 77)
            #expect(try box.run().out.hasPrefix("33 77"))
        }
    }

    /// The number of a session keyring (keyctl(2), KEYCTL_GET_KEYRING_ID).
    private static let keyringScript = """
        import ctypes
        print(ctypes.CDLL(None).syscall(250, 0, -3, 0))
        """

    @Test(.enabled(if: RuntimeFixture.hasPython)) func theSessionKeyringIsNotTheEngines() throws {
        let engines = try HostCommand.run("/usr/bin/python3", "-c", Self.keyringScript)
        for arguments in [[], ["--no-new-keyring"]] {
            try RuntimeFixture.with(["/usr/bin/python3", "-c", Self.keyringScript]) { box throws in
                try box.addHostPrograms()
                let output = try box.run(arguments)
                let isSame = output.out == engines + "\n"
                #expect(isSame == arguments.contains("--no-new-keyring"), "\(output.out) \(engines) \(output.err)")
            }
            try RuntimeFixture.with(["sleep", "100"]) { box throws in
                try box.addHostPrograms()
                try box.start(arguments)
                let output = try box.exec([], "/usr/bin/python3", "-c", Self.keyringScript)
                let isSame = output.out == engines + "\n"
                #expect(isSame == arguments.contains("--no-new-keyring"), "\(output.out) \(engines) \(output.err)")
            }
        }
    }

    @Test func labelsNeedAHostThatHasThem() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            if !SecurityModule.appArmor.isEnabled {
                box.spec.process?.apparmorProfile = "berth-default"
                #expect(try box.run().err.contains("process.apparmorProfile: berth-default: this host has no AppArmor"))
                box.spec.process?.apparmorProfile = "unconfined"
                #expect(try box.run().code == 0)
            }
            if !SecurityModule.seLinux.isEnabled {
                box.spec.process?.selinuxLabel = "system_u:system_r:container_t:s0"
                #expect(try box.run().err.contains("process.selinuxLabel: "))
                box.spec.process?.selinuxLabel = nil
                box.spec.linux?.mountLabel = "system_u:object_r:container_file_t:s0"
                #expect(try box.run().err.contains("linux.mountLabel: "))
            }
        }
    }
}
