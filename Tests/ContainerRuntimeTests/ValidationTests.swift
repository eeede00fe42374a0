import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// Each wrong field of a configuration is named with what is wrong; the exit code is 1 and nothing is made.
@Suite(.enabled(if: RuntimeFixture.isPossible)) struct ValidationTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var field: String
        var value: String
        /// The field that the message begins with, when it is another.
        var named: String
        var words: String

        init(_ field: String, _ value: String, _ words: String, named: String? = nil) {
            self.field = field
            self.value = value
            self.words = words
            self.named = named ?? field
        }

        var testDescription: String { "\(field) = \(value)" }
    }

    @Test(arguments: generalRows + processRows + mountRows + linuxRows + seccompRows) func aWrongFieldIsNamed(row: Row)
        throws
    {
        try RuntimeFixture.with(["true"]) { box throws in
            let text = try JSON(encoding: box.spec)
            let changed = text.changing(row.field, to: try JSON(parsing: row.value))
            try writeFile("\(box.folder)/bundle/config.json", changed.serialized(), durable: false)
            let output = try box.runtime(["run", "--bundle", "\(box.folder)/bundle", box.id])
            #expect(output.code == 1)
            #expect(output.err.contains("\(row.named): "), "\(output.err)")
            #expect(output.err.contains(row.words), "\(output.err)")
            #expect(try box.runtime(["list", "--quiet"]).out.isEmpty)
            #expect(!fileExists("\(box.folder)/state/\(box.id)"))
            for folder in try Cgroup("/berth-test-\(box.id)", in: CgroupLayout.detect()).folders {
                #expect(!fileExists(folder))
            }
        }
    }

    @Test func anUntouchedConfigurationIsRight() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            #expect(throws: Never.self) { try SpecValidation.check(box.spec) }
        }
    }

    static let generalRows = [
        Row("ociVersion", "\"2.0.0\"", "is not supported"),
        Row("ociVersion", "\"one\"", "is no version"),
        Row("ociVersion", "1", "a string"),
        Row("root", "null", "is missing"),
        Row("root.path", "\"\"", "is empty"),
        Row("root.path", "\"rootfs\\u0000x\"", "has a NUL byte"),
        Row("hostname", "\"\(String(repeating: "x", count: 65))\"", "64"),
        Row("linux.namespaces", "[{\"type\": \"mount\"}]", "needs a uts namespace", named: "hostname"),
        Row("hooks", "{\"prestart\": [{\"path\": \"hook\"}]}", "absolute", named: "hooks.prestart[0].path"),
        Row(
            "hooks", "{\"poststop\": [{\"path\": \"/x\"}, {\"path\": \"/x\", \"timeout\": 0}]}", "greater than 0",
            named: "hooks.poststop[1].timeout"),
        Row(
            "hooks", "{\"poststart\": [{\"path\": \"/x\", \"env\": [\"A=\\u0000\"]}]}", "has a NUL byte",
            named: "hooks.poststart[0].env"),
        Row("hooks", "{\"createRuntime\": [{}]}", "\"path\" is missing", named: "hooks.createRuntime[0]"),
        Row("annotations", "{\"a\": 1}", "a string", named: "annotations.a"),
    ]

    static let processRows = [
        Row("process", "null", "is missing"),
        Row("process.args", "[]", "is empty"),
        Row("process.args", "[\"\"]", "is empty", named: "process.args[0]"),
        Row("process.args", "\"true\"", "an array"),
        Row("process.args", "[\"true\", \"a\\u0000b\"]", "has a NUL byte", named: "process.args[1]"),
        Row("process.env", "[\"A=b\", \"C\"]", "\"C\" has no \"=\"", named: "process.env[1]"),
        Row("process.env", "[\"\"]", "has no \"=\"", named: "process.env[0]"),
        Row("process.env", "[\"=b\"]", "\"=b\" has no name", named: "process.env[0]"),
        Row("process.env", "[\"A=b\\u0000c\"]", "has a NUL byte", named: "process.env[0]"),
        Row("process.cwd", "\"/tmp\\u0000\"", "has a NUL byte"),
        Row("process.cwd", "\"tmp\"", "absolute"),
        Row("process.user.uid", "4294967295", "no id"),
        Row("process.user.uid", "4294967296", "4294967296"),
        Row("process.user.gid", "-1", "-1"),
        Row("process.user.gid", "\"www\"", "an integer"),
        Row("process.user.umask", "512", "not in 0...511"),
        Row("process.user.additionalGids", "[1, 4294967295]", "no id", named: "process.user.additionalGids[1]"),
        Row("process.consoleSize", "{\"height\": 70000, \"width\": 1}", "65535", named: "process.consoleSize.height"),
        Row("process.oomScoreAdj", "1001", "not in -1000...1000"),
        Row(
            "process.rlimits", "[{\"type\": \"RLIMIT_FOO\", \"soft\": 1, \"hard\": 1}]", "no resource limit",
            named: "process.rlimits[0].type"),
        Row(
            "process.rlimits", "[{\"type\": \"RLIMIT_NOFILE\", \"soft\": 2, \"hard\": 1}]", "hard limit",
            named: "process.rlimits[0].soft"),
        Row(
            "process.rlimits",
            "[{\"type\": \"RLIMIT_CORE\", \"soft\": 1, \"hard\": 1}, {\"type\": \"RLIMIT_CORE\", \"soft\": 1, \"hard\": 1}]",
            "twice", named: "process.rlimits[1].type"),
        Row(
            "process.scheduler", "{\"policy\": \"SCHED_BEST\"}", "no scheduling policy",
            named: "process.scheduler.policy"),
        Row("process.scheduler", "{\"policy\": \"SCHED_FIFO\"}", "1...99", named: "process.scheduler.priority"),
        Row(
            "process.scheduler", "{\"policy\": \"SCHED_OTHER\", \"nice\": 20}", "-20...19",
            named: "process.scheduler.nice"),
        Row(
            "process.scheduler", "{\"policy\": \"SCHED_OTHER\", \"runtime\": 1}", "SCHED_DEADLINE",
            named: "process.scheduler.runtime"),
        Row(
            "process.scheduler", "{\"policy\": \"SCHED_OTHER\", \"flags\": [\"X\"]}", "no flag",
            named: "process.scheduler.flags[0]"),
        Row(
            "process.ioPriority", "{\"class\": \"IOPRIO_CLASS_X\", \"priority\": 0}", "no I/O scheduling class",
            named: "process.ioPriority.class"),
        Row(
            "process.ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 8}", "0...7",
            named: "process.ioPriority.priority"),
    ]

    private static func mount(_ value: String, _ words: String, _ field: String) -> Row {
        Row("mounts[0]", value, words, named: "mounts[0]" + field)
    }

    static let mountRows = [
        mount("{\"type\": \"tmpfs\"}", "\"destination\" is missing", ""),
        mount("{\"destination\": \"\", \"type\": \"tmpfs\"}", "is empty", ".destination"),
        mount("{\"destination\": \"/x\\u0000\", \"type\": \"tmpfs\"}", "has a NUL byte", ".destination"),
        mount("{\"destination\": \"/x\", \"source\": \"/tmp\\u0000\"}", "has a NUL byte", ".source"),
        mount("{\"destination\": \"/x\"}", "is missing", ".type"),
        mount("{\"destination\": \"/x\", \"type\": \"bind\"}", "is missing", ".source"),
        mount(
            "{\"destination\": \"/x\", \"source\": \"/tmp\", \"options\": [\"rbind\", \"noexce\"]}", "\"noexce\"",
            ".options"),
        mount(
            "{\"destination\": \"/x\", \"source\": \"/tmp\", \"options\": [\"rbind\", \"idmap\"]}", "uidMappings",
            ".options"),
        mount(
            """
            {"destination": "/x", "source": "/tmp", "options": ["rbind"],
             "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}
            """, "is missing", ".gidMappings"),
        mount(
            """
            {"destination": "/x", "type": "tmpfs", "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}],
             "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}
            """, "only the ids of bind mounts", ".uidMappings"),
        mount("{\"destination\": \"/x\", \"options\": [\"remount\", \"tmpcopyup\"]}", "copies nothing", ".options"),
    ]

    private static func userNamespace(_ mappings: String, _ words: String, _ field: String) -> Row {
        Row(
            "linux",
            """
            {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "user"}], \(mappings)}
            """, words, named: "linux." + field)
    }

    static let linuxRows = [
        Row("linux", "null", "is missing"),
        Row("linux.namespaces[0].type", "\"pidd\"", "no type of namespace"),
        Row("linux.namespaces[1].type", "\"pid\"", "twice"),
        Row("linux.namespaces[1].path", "\"ns\"", "absolute"),
        Row("linux.namespaces[1].path", "\"/etc/passwd\"", "is no namespace"),
        Row("linux.namespaces[1].path", "\"/proc/self/ns/uts\"", "another type"),
        Row("linux.namespaces[1].path", "\"/no/such/file\"", "No such file"),
        Row("linux.namespaces[4].path", "\"/proc/self/ns/mnt\"", "not supported", named: "linux.namespaces"),
        Row("linux.namespaces", "[{\"type\": \"uts\"}]", "has no mount namespace"),
        Row("linux.uidMappings", "[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]", "needs a user namespace"),
        userNamespace("\"gidMappings\": []", "is missing", "uidMappings"),
        userNamespace(
            "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]", "is missing", "gidMappings"),
        userNamespace(
            "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1, \"size\": 0}]", "is 0", "uidMappings[0].size"),
        userNamespace(
            "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 4294967294, \"size\": 2}]", "beyond",
            "uidMappings[0].hostID"),
        userNamespace(
            """
            "uidMappings": [{"containerID": 0, "hostID": 1, "size": 5}, {"containerID": 4, "hostID": 100, "size": 1}]
            """, "maps already", "uidMappings[1]"),
        Row(
            "linux.timeOffsets", "{\"monotonic\": {\"secs\": 1}}", "time namespace",
            named: "linux.timeOffsets.monotonic"),
        Row("linux.timeOffsets", "{\"realtime\": {\"secs\": 1}}", "no such clock", named: "linux.timeOffsets.realtime"),
        Row("linux.devices", "[{\"type\": \"x\", \"path\": \"/dev/x\"}]", "none of", named: "linux.devices[0].type"),
        Row("linux.devices", "[{\"type\": \"c\", \"path\": \"x\"}]", "absolute", named: "linux.devices[0].path"),
        Row("linux.devices", "[{\"type\": \"c\", \"path\": \"/dev/x\"}]", "missing", named: "linux.devices[0].major"),
        Row(
            "linux.devices", "[{\"type\": \"c\", \"path\": \"/dev/x\", \"major\": 1, \"minor\": 1048576}]", "1048575",
            named: "linux.devices[0].minor"),
        Row(
            "linux.devices", "[{\"type\": \"p\", \"path\": \"/dev/x\", \"fileMode\": 65536}]", "65535",
            named: "linux.devices[0].fileMode"),
        Row(
            "linux.devices", "[{\"type\": \"p\", \"path\": \"/x\"}, {\"type\": \"p\", \"path\": \"/x\"}]", "twice",
            named: "linux.devices[1].path"),
        Row("linux.rootfsPropagation", "\"everywhere\"", "is not shared"),
        Row("linux.maskedPaths", "[\"proc/x\"]", "absolute", named: "linux.maskedPaths[0]"),
        Row("linux.readonlyPaths", "[\"/a\", \"b\"]", "absolute", named: "linux.readonlyPaths[1]"),
        Row("linux.sysctl", "{\"kernel.pid_max\": \"1\"}", "not separate", named: "linux.sysctl[\"kernel.pid_max\"]"),
        Row("linux.sysctl", "{\"net.x\": 1}", "a string", named: "linux.sysctl[\"net.x\"]"),
        Row("linux.personality", "{\"domain\": \"WINDOWS\"}", "is not LINUX", named: "linux.personality.domain"),
        Row(
            "linux.personality", "{\"domain\": \"LINUX\", \"flags\": [\"X\"]}", "no flag",
            named: "linux.personality.flags[0]"),
        Row("linux.intelRdt", "{\"closID\": \"x\"}", "not supported"),
        Row("linux.cgroupsPath", "\"/a/../b\"", "linux.cgroupsPath", named: "berth-runtime"),
        Row("linux.resources.pids.limit", "\"many\"", "an integer"),
    ]

    private static func profile(_ value: String, _ words: String, _ field: String) -> Row {
        Row("linux.seccomp", value, words, named: "linux.seccomp" + field)
    }

    private static func rule(_ value: String, _ words: String, _ field: String) -> Row {
        profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\(value)]}", words, ".syscalls[0]" + field)
    }

    static let seccompRows = [
        profile("{}", "\"defaultAction\" is missing", ""),
        profile("{\"defaultAction\": \"ALLOW\"}", "no action", ".defaultAction"),
        profile("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "own calls", ".defaultAction"),
        profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1}", "no error", ".defaultErrnoRet"),
        profile(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_VAX\"]}", "no architecture",
            ".architectures[0]"),
        profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"FAST\"]}", "no flag", ".flags[0]"),
        profile(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerMetadata\": \"x\"}", "there is none",
            ".listenerMetadata"),
        profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"x\"}", "absolute", ".listenerPath"),
        profile(
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["uname"], "action": "SCMP_ACT_NOTIFY"}]}
            """, "is missing", ".listenerPath"),
        rule("{\"names\": [], \"action\": \"SCMP_ACT_LOG\"}", "is empty", ".names"),
        rule("{\"names\": [\"uname\"], \"action\": \"SCMP_ACT_NONE\"}", "no action", ".action"),
        rule("{\"names\": [\"uname\"], \"action\": \"SCMP_ACT_LOG\", \"errnoRet\": 1}", "no error", ".errnoRet"),
        rule("{\"names\": [\"uname\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 4096}", "4095", ".errnoRet"),
        rule("{\"names\": [\"sendmsg\"], \"action\": \"SCMP_ACT_NOTIFY\"}", "hands the listener", ".names"),
        rule(
            """
            {"names": ["uname"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}
            """, "0...5", ".args[0].index"),
        rule(
            """
            {"names": ["uname"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "EQ"}]}
            """, "no operator", ".args[0].op"),
        rule(
            """
            {"names": ["uname"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": "1", "op": "SCMP_CMP_EQ"}]}
            """, "an integer", ".args[0].value"),
    ]
}

extension JSON {
    /// With the value at a path such as `mounts[0].options` replaced.
    fileprivate func changing(_ path: String, to value: JSON) -> JSON {
        let parts = path.split(separator: ".").flatMap { part in
            let pieces = part.split(separator: "[")
            return [String(pieces[0])] + pieces.dropFirst().map { String($0.dropLast()) }
        }
        return replacing(parts[...], value)
    }

    private func replacing(_ path: ArraySlice<String>, _ value: JSON) -> JSON {
        guard let key = path.first else { return value }
        guard let index = Int(key), var elements = array else {
            return setting(key, to: (self[key] ?? .object([])).replacing(path.dropFirst(), value))
        }
        elements[index] = elements[index].replacing(path.dropFirst(), value)
        return .array(elements)
    }
}
