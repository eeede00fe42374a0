import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// The command line as an engine uses it, and with wrong input.
@Suite(.enabled(if: RuntimeFixture.isPossible)) struct CommandLineTests {
    @Test func everyVerbHasItsHelp() throws {
        try RuntimeFixture.with([]) { box throws in
            let help = try box.runtime(["--help"]).out
            let verbs = [
                "create", "start", "run", "state", "exec", "kill", "pause", "resume", "update", "ps", "events",
                "stats", "list", "delete", "spec", "features",
            ]
            for verb in verbs {
                #expect(help.contains("  \(verb)"))
                let page = try box.runtime([verb, "--help"])
                #expect(page.code == 0 && page.out.contains("--help"), "\(verb)")
            }
            #expect(try box.runtime([]).code == 1)
            #expect(try box.runtime(["nosuch"]).err.contains("unknown command nosuch"))
            #expect(try box.runtime(["--version"]).out.hasPrefix("berth-runtime version "))
        }
    }

    @Test(
        arguments: [
            (["state"], "a container id is missing"), (["state", "a", "b"], "unexpected argument b"),
            (["state", "a/b"], "not a valid container id"), (["state", ".."], "not a valid container id"),
            (["state", "--nosuch", "a"], "unknown option --nosuch"), (["create", "-b"], "needs a value"),
            (["exec", "--preserve-fds", "x", "box", "true"], "no number of descriptors"),
            (["kill", "a", "TERM", "KILL"], "unexpected argument KILL"),
            (["list", "--format", "yaml"], "table or json"),
            (["events", "--interval", "x", "box"], "no time such as 5s"),
            (["update", "--memory", "lots", "box"], "no number of bytes"),
            (["update", "--pids-limit", "many", "box"], "no number"),
            (["update", "--l3-cache-schema", "x", "box"], "Intel RDT is not supported"),
            (["exec", "box"], "the program to run is missing"), (["exec", "--cap", "CAP_X", "box", "true"], "CAP_X"),
            (["exec", "-e", "A", "box", "true"], "A is not NAME=VALUE"),
            (["exec", "-g", "x", "box", "true"], "x is no group's number"),
            (["exec", "-td", "box", "true"], "--console-socket"), (["kill", "box", "NOSUCH"], "unknown signal NOSUCH"),
            (["--log-format", "xml", "list"], "text or json"), (["--debug=perhaps", "list"], "true or false"),
        ] as [([String], String)])
    func wrongInputIsNamed(arguments: [String], words: String) throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            // The last cases are about a container that is there.
            let isThere = arguments.contains("box")
            if isThere { try box.start() }
            let output = try box.runtime(arguments.map { $0 == "box" ? box.id : $0 })
            #expect(output.code == 1)
            #expect(output.err.contains(words), "\(output.err)")
            #expect(output.err.split(separator: "\n").count == 1, "one sentence: \(output.err)")
        }
    }

    @Test func theStateTellsWhatEnginesAsk() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            box.spec.annotations = ["a": "b"]
            try box.start()
            let state = try JSON(parsing: try box.runtime(["state", box.id]).out)
            #expect(state["id"]?.string == box.id)
            #expect(state["status"]?.string == "running")
            #expect(state["rootfs"]?.string == box.host(""))
            #expect(state["owner"]?.string == "root")
            #expect(state["annotations"]?["a"]?.string == "b")
            let pid = try #require(state["pid"]?.int)
            let list = try JSON(parsing: try box.runtime(["list", "--format", "json"]).out)
            #expect(list[0]?["pid"]?.int == pid)
            #expect(try box.runtime(["list"]).out.contains("ID"))
            #expect(try JSON(parsing: try box.runtime(["ps", "-f", "json", box.id]).out)[0]?.int == pid)
            #expect(try box.runtime(["ps", box.id]).out.contains("sleep 100"))
            #expect(try box.runtime(["ps", box.id, "-eo", "pid,args"]).out.contains("sleep 100"))
            try box.kill()
            #expect(try JSON(parsing: try box.runtime(["state", box.id]).out)["pid"]?.int == 0)
        }
    }

    @Test func limitsChangeWhileItRuns() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            let group = try Cgroup("/berth-test-\(box.id)", in: CgroupLayout.detect())
            let update = { (options: [String]) throws in
                let output = try box.runtime(["update"] + options + [box.id])
                #expect(output.code == 0, "\(options): \(output.err)")
            }
            // Up and down, memory and swap together.
            for limit in [256, 32, 128] {
                try update(["--memory", "\(limit)m", "--memory-swap", "\(limit * 2)m"])
                #expect(try group.statistics().memoryLimit == UInt64(limit) << 20)
            }
            try update(["--pids-limit", "77", "--cpu-quota", "20000", "--cpu-period", "50000", "--cpu-share", "512"])
            #expect(try group.statistics().processLimit == 77)
            try update(["--cpu-quota", "5000", "--cpu-burst", "2000"])
            try update(["--cpu-quota", "1000", "--cpu-burst", "500"])
            try update(["--memory", "-1", "--pids-limit", "-1"])
            #expect(try group.statistics().memoryLimit == nil)
            #expect(try group.statistics().processLimit == nil)
            try box.write("/../../limits.json", #"{"memory":{"limit":104857600},"pids":{"limit":5}}"#)
            try update(["--resources", "\(box.folder)/limits.json"])
            #expect(try group.statistics().memoryLimit == 100 << 20)
            // A part that the container had no need of so far: its processes, and later ones, are in it.
            try update(["--cpuset-cpus", "0"])
            let processors = { (text: String) in text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list") }
            }
            #expect(processors(try box.exec([], "cat", "/proc/1/status").out) == "Cpus_allowed_list:\t0")
            #expect(processors(try box.exec([], "cat", "/proc/self/status").out) == "Cpus_allowed_list:\t0")
            let wrong = try box.runtime(["update", "--cpuset-cpus", "999", box.id])
            #expect(wrong.code == 1 && wrong.err.contains("999"), "\(wrong.err)")
            #expect(try box.runtime(["update", "--memory", "100k", box.id]).err.contains("too little"))
        }
    }

    @Test func eventsTellWhatIsUsedUntilTheEnd() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            let once = try JSON(parsing: try box.runtime(["events", "--stats", box.id]).out)
            #expect(once["type"]?.string == "stats" && once["id"]?.string == box.id)
            #expect(once["data"]?["pids"]?["current"]?.int == 1)
            #expect(once["data"]?["memory"]?["usage"]?["limit"]?.int == 64 << 20)
            #expect(try JSON(parsing: try box.runtime(["stats", box.id]).out)["data"]?["cpu"]?["usage"] != nil)
        }
        try RuntimeFixture.with(["sh", "-c", "sleep 1"]) { box throws in
            try box.start()
            let lines = try box.runtime(["events", "--interval", "100ms", box.id]).out.split(separator: "\n")
            #expect(lines.count > 1)
            #expect(try lines.allSatisfy { try JSON(parsing: String($0))["type"]?.string == "stats" })
        }
    }

    /// At once, not with the next statistics, and nothing is told of a group that goes away.
    @Test func aLackOfMemoryIsToldAtOnce() throws {
        try RuntimeFixture.with(["sleep", "1000"]) { box throws in
            box.spec.linux?.resources?.memory = .init(limit: 16 << 20, swap: 16 << 20)
            try box.start()
            let (events, output) = try box.begin(["events", "--interval", "1h", box.id])
            let next = { () throws -> JSON? in
                try #require(StreamPoll.waitReadable(output.raw, until: .now + .seconds(60)), "nothing is told")
                return try StandardStream.readLine(from: output.raw).map { try JSON(parsing: $0) }
            }
            #expect(try next()?["type"]?.string == "stats")
            for _ in 0..<2 {
                let glutton = "a=0123456789abcdef; while :; do a=$a$a; done"
                #expect(try box.exec([], "sh", "-c", glutton).code == 137)
                #expect(try next() == ["type": "oom", "id": JSON(box.id)])
            }
            #expect(try box.runtime(["delete", "--force", box.id]).code == 0)
            #expect(try next() == nil)
            #expect(try ProcessDescriptor.wait(events.raw)?.code == 0)
        }
    }

    @Test func aStarterConfigurationRuns() throws {
        try RuntimeFixture.with([]) { box throws in
            for options in [[], ["--rootless"]] {
                #expect(try box.runtime(["spec", "--bundle", "\(box.folder)/bundle"] + options).code == 0)
                let again = try box.runtime(["spec", "--bundle", "\(box.folder)/bundle"])
                #expect(again.code == 1 && again.err.contains("config.json exists"), "\(again.err)")
                let text = try readFile("\(box.folder)/bundle/config.json")
                box.spec = try JSON(parsing: text).decode(RuntimeSpec.self)
                box.spec.process?.terminal = false
                box.spec.process?.args = ["sh", "-c", "id -u; echo >/x"]
                box.spec.linux?.cgroupsPath = "/berth-test-\(box.id)"
                let output = try box.run()
                #expect(output.out == "0\n", "\(output.err)")
                #expect(output.err.contains("Read-only file system"))
                try removeFile("\(box.folder)/bundle/config.json")
            }
        }
    }

    @Test func featuresAreThoseOfTheTables() throws {
        try RuntimeFixture.with([]) { box throws in
            let features = try JSON(parsing: try box.runtime(["features"]).out)
            #expect(features["ociVersionMax"]?.string == "1.2.0")
            let options = features["mountOptions"]?.array?.compactMap(\.string) ?? []
            #expect(options.contains("rbind") && options.contains("rro") && options == options.sorted())
            #expect(features["linux"]?["capabilities"]?.array?.contains("CAP_CHOWN") == true)
            #expect(features["linux"]?["namespaces"]?.array?.contains("cgroup") == true)
            #expect(features["linux"]?["seccomp"]?["actions"]?.array?.contains("SCMP_ACT_NOTIFY") == true)
            #expect(features["linux"]?["cgroup"]?["v2"]?.bool == true)
        }
    }

    @Test func theLogIsWhatEnginesRead() throws {
        try RuntimeFixture.with([]) { box throws in
            let log = "\(box.folder)/log.json"
            let output = try box.runtime(["--log", log, "--log-format", "json", "--debug", "state", "nosuch"])
            #expect(output.code == 1 && output.err.contains("does not exist"))
            let lines = String(decoding: try readFile(log), as: UTF8.self).split(separator: "\n")
            let levels = try lines.map { try JSON(parsing: String($0))["level"]?.string }
            #expect(levels == ["debug", "error"])
            let last = try JSON(parsing: String(try #require(lines.last)))
            #expect(last["msg"]?.string == "container nosuch does not exist")
            #expect(last["time"]?.string?.hasSuffix("Z") == true)
        }
    }

    @Test func signalsReachAllAndDescriptorsStay() throws {
        try RuntimeFixture.with(["sh", "-c", "sleep 1000 & sleep 1000 & exec sleep 1000"]) { box throws in
            try box.start()
            let group = try Cgroup("/berth-test-\(box.id)", in: CgroupLayout.detect())
            #expect(try box.exec(["--preserve-fds", "1"], "sh", "-c", "ls /proc/self/fd").code == 0)
            #expect(try box.exec(["-g", "7", "-g", "8"], "id", "-G").out == "0 7 8\n")
            #expect(try box.exec(["--no-new-privs"], "cat", "/proc/self/status").out.contains("NoNewPrivs:\t1"))
            #expect(try box.runtime(["pause", box.id]).code == 0)
            #expect(try box.runtime(["pause", box.id]).err.contains("paused already"))
            #expect(try box.runtime(["kill", "--all", box.id, "KILL"]).code == 0)
            let record = try JSON(parsing: try readFile("\(box.folder)/state/\(box.id)/state.json"))
                .decode(ContainerRecord.self)
            if let process = try? ProcessDescriptor.open(record.pid) {
                #expect(try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 10_000))
            }
            #expect(try group.isFrozen == false)
            #expect(try box.runtime(["kill", box.id]).err.contains("container not running"))
            #expect(try box.runtime(["kill", "--all", box.id, "9"]).code == 0, "nobody is left, as with runc")
            #expect(try box.runtime(["resume", box.id]).err.contains("not running"))
        }
    }

    @Test func aGroupIsCalledAsSystemdWouldCallIt() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            box.spec.linux?.cgroupsPath = "berth-test.slice:x:\(box.id)"
            box.spec.process?.args = ["sh", "-c", "cat /proc/self/cgroup"]
            box.spec.linux?.namespaces?.removeAll { $0.type == "cgroup" }
            try box.writeConfiguration()
            let output = try box.runtime(
                ["--systemd-cgroup", "run", "--bundle", "\(box.folder)/bundle", box.id])
            #expect(
                output.out.contains("/berth.slice/berth-test.slice/x-\(box.id).scope"), "\(output.out)\(output.err)")
            for group in ["/berth.slice/berth-test.slice", "/berth.slice"] {
                try Cgroup(group, in: .detect()).remove()
            }
        }
    }

    @Test func aLimitThatIsTooLowIsOneSentence() throws {
        let cases: [((inout RuntimeSpec.Resources) -> Void, String)] = [
            ({ $0.memory = .init(limit: 4096) }, "too little to start"),
            ({ $0.cpu = .init(quota: 10) }, "cpu.quota 10"), ({ $0.cpu = .init(cpus: "4000") }, "4000"),
            ({ $0.hugepageLimits = [.init(pageSize: "3MB", limit: 1)] }, "3MB"),
        ]
        for (change, words) in cases {
            try RuntimeFixture.with(["true"]) { box throws in
                change(&box.spec.linux!.resources!)
                let output = try box.run()
                #expect(output.code == 1 && output.err.contains(words), "\(output.err)")
                #expect(output.err.split(separator: "\n").count == 1, "\(output.err)")
                #expect(try box.runtime(["list", "-q"]).out.isEmpty)
            }
        }
    }

    @Test func devicesAreThoseOfTheList() throws {
        try RuntimeFixture.with(["sh", "-c", "echo >/dev/null && echo null; cat /dev/fuse || cat /dev/loop-control"]) {
            box throws in
            box.spec.linux?.resources?.devices = [.init(allow: false)]
            box.spec.linux?.devices = [.init(type: "c", path: "/dev/fuse", major: 10, minor: 229)]
            let output = try box.run()
            #expect(output.out == "null\n" && output.err.contains("Operation not permitted"), "\(output.err)")
        }
    }
}
