import JSON
import LinuxSystem
import OCISpec
import SeccompFilter
import Testing

@testable import ContainerRuntime

/// `linux.seccomp`, as the kernel enforces it.
@Suite(.enabled(if: RuntimeFixture.isPossible)) struct SeccompRuleTests {
    private func allowing(_ rules: SeccompProfile.Rule...) -> SeccompProfile {
        SeccompProfile(
            defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], syscalls: rules)
    }

    @Test(
        arguments: [
            ("SCMP_ACT_KILL", nil, "159"), ("SCMP_ACT_KILL_THREAD", nil, "159"), ("SCMP_ACT_KILL_PROCESS", nil, "159"),
            ("SCMP_ACT_TRAP", nil, "159"), ("SCMP_ACT_ERRNO", nil, "Operation not permitted"),
            ("SCMP_ACT_ERRNO", 28, "No space left on device"), ("SCMP_ACT_TRACE", 7, "Function not implemented"),
            ("SCMP_ACT_LOG", nil, "made"), ("SCMP_ACT_ALLOW", nil, "made"),
        ] as [(String, UInt32?, String)])
    func everyActionIsTheKernels(action: String, errno: UInt32?, words: String) throws {
        // Not the shell's own exit status alone, which is the same for many reasons.
        try RuntimeFixture.with(["sh", "-c", "mkdir /made 2>&1; echo $?; ls / | grep made"]) { box throws in
            let profile = allowing(.init(["mkdir", "mkdirat"], action: action, errnoRet: errno))
            box.spec.linux?.seccomp = try JSON(encoding: profile)
            let output = try box.run()
            #expect(output.out.contains(words), "\(output)")
        }
    }

    @Test(
        .enabled(if: RuntimeFixture.hasPython),
        arguments: [
            ("SCMP_CMP_EQ", 1000, nil, [false, true, false]), ("SCMP_CMP_NE", 1000, nil, [true, false, true]),
            ("SCMP_CMP_LT", 1000, nil, [true, false, false]), ("SCMP_CMP_LE", 1000, nil, [true, true, false]),
            ("SCMP_CMP_GT", 1000, nil, [false, false, true]), ("SCMP_CMP_GE", 1000, nil, [false, true, true]),
            ("SCMP_CMP_MASKED_EQ", 1, 1, [true, false, true]),
        ] as [(String, UInt64, UInt64?, [Bool])])
    func everyOperatorIsTheKernels(op: String, value: UInt64, valueTwo: UInt64?, matches: [Bool]) throws {
        let script = """
            import os
            for who in 999, 1000, 1001:
                try: os.getpriority(os.PRIO_PROCESS, who)
                except OSError as e: print(e.errno == 42)
            """
        try RuntimeFixture.with(["/usr/bin/python3", "-c", script]) { box throws in
            try box.addHostPrograms()
            let argument = SeccompProfile.Argument(index: 1, value: value, valueTwo: valueTwo, op: op)
            let profile = allowing(.init(["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 42, args: [argument]))
            box.spec.linux?.seccomp = try JSON(encoding: profile)
            let output = try box.run()
            #expect(output.out == matches.map { $0 ? "True\n" : "False\n" }.joined(), "\(output.err)")
        }
    }

    @Test func whatIsNotAllowedHasTheDefaultsErrorNumber() throws {
        try RuntimeFixture.with(["sh", "-c", "mkdir /made"]) { box throws in
            var profile = SeccompFilter.defaultProfile(capabilities: [])
            profile.defaultErrnoRet = 28
            profile.syscalls = profile.syscalls?.map { rule in
                var rule = rule
                rule.names.removeAll { $0 == "mkdir" || $0 == "mkdirat" }
                return rule
            }.filter { !$0.names.isEmpty }
            box.spec.linux?.seccomp = try JSON(encoding: profile)
            #expect(try box.run().err.contains("No space left on device"))
        }
    }

    @Test(arguments: [false, true]) func flagsAreTheKernels(noNewPrivileges: Bool) throws {
        try RuntimeFixture.with(["sh", "-c", "mkdir /made; cat /proc/self/status"]) { box throws in
            var profile = allowing(.init(["mkdir"], action: "SCMP_ACT_ERRNO"))
            profile.flags = [
                "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
            ]
            box.spec.linux?.seccomp = try JSON(encoding: profile)
            box.spec.process?.noNewPrivileges = noNewPrivileges
            let output = try box.run()
            #expect(output.code == 0, "\(output.err)")
            #expect(output.out.contains("Seccomp_filters:\t1"))
        }
    }

    @Test func everyArchitectureCanBeNamed() throws {
        let names = """
            X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC
            PARISC64 RISCV64
            """.split(whereSeparator: \.isWhitespace).map { "SCMP_ARCH_\($0)" }
        let rule = SeccompProfile.Rule(["mkdir"], action: "SCMP_ACT_ERRNO")
        let all = SeccompProfile(defaultAction: "SCMP_ACT_ALLOW", architectures: names, syscalls: [rule])
        let one = SeccompProfile(defaultAction: "SCMP_ACT_ALLOW", architectures: [], syscalls: [rule])
        #expect(try SeccompFilter.compile(all).count > SeccompFilter.compile(one).count)
    }

    // MARK: A listener

    private struct Handover {
        var state: JSON
        var listener: SharedDescriptor
    }

    /// What the runtime has sent to the agent's socket.
    private func takeHandover(_ agent: borrowing Descriptor) throws -> Handover {
        guard let accepted = try UnixSocket.accept(agent.raw) else {
            throw SystemError(.noEntry, "accept", "the runtime has not connected")
        }
        let connection = accepted.shared()
        var descriptors: [SharedDescriptor] = []
        let text = try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            let count = try UnixSocket.receive(connection.raw, into: buffer, descriptors: &descriptors) ?? 0
            return Array(buffer[..<count])
        }
        #expect(descriptors.count == 1)
        return Handover(state: try JSON(parsing: text), listener: try #require(descriptors.first))
    }

    private func notifying(_ box: RuntimeFixture) throws -> JSON {
        var profile = allowing(.init(["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"))
        profile.listenerPath = "\(box.folder)/agent"
        profile.listenerMetadata = "for the agent"
        profile.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]
        return try JSON(encoding: profile)
    }

    @Test(arguments: [false, true]) func anAgentAnswersForTheCallsThatWait(noNewPrivileges: Bool) throws {
        try RuntimeFixture.with(["sh", "-c", "mkdir /made; sleep 100"]) { box throws in
            box.spec.linux?.seccomp = try notifying(box)
            box.spec.process?.noNewPrivileges = noNewPrivileges
            let agent = try UnixSocket.listen(at: "\(box.folder)/agent")
            try box.start()
            let pid = try box.record().pid
            let handover = try takeHandover(agent)
            #expect(handover.state["ociVersion"] == "1.2.0")
            #expect(handover.state["fds"] == ["seccompFd"])
            #expect(handover.state["pid"]?.int == Int64(pid))
            #expect(handover.state["metadata"] == "for the agent")
            #expect(handover.state["state"] == box.state("created", pid).json)
            let call = try #require(try SeccompListener.next(handover.listener.raw))
            #expect(call.architecture == 0xc000_003e)
            #expect([83, 258].contains(call.number))

            #expect(try box.exec([], "true").code == 0)
            let second = try takeHandover(agent)
            #expect(second.state["state"]?["status"] == "running")
            #expect(second.state["pid"]?.int != Int64(pid))
        }
    }

    @Test func withoutItsAgentNothingStarts() throws {
        try RuntimeFixture.with(["touch", "/began"]) { box throws in
            box.spec.linux?.seccomp = try notifying(box)
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("linux.seccomp.listenerPath: connect \(box.folder)/agent"), "\(output.err)")
            #expect(!fileExists(box.host("/began")))
        }
    }
}
