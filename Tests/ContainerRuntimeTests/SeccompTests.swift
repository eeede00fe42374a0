import JSON
import LinuxSystem
import OCISpec
import SeccompFilter
import Testing

@Suite struct SeccompTests {
    @Test func theDefaultProfileIsAFilterOfAFewHundredInstructions() throws {
        let filter = try SeccompFilter.compile(SeccompFilter.defaultProfile(capabilities: []))
        #expect(filter.count % 8 == 0)
        #expect((100...2000).contains(filter.count / 8))
    }

    @Test func callsComeWithCapabilities() throws {
        let plain = SeccompFilter.defaultProfile(capabilities: []).syscalls ?? []
        let admin = SeccompFilter.defaultProfile(capabilities: ["CAP_SYS_ADMIN"]).syscalls ?? []
        let allowed = { (rules: [SeccompProfile.Rule], name: String) in
            rules.contains { $0.names.contains(name) && $0.action == "SCMP_ACT_ALLOW" && $0.args == nil }
        }
        #expect(!allowed(plain, "mount") && allowed(admin, "mount"))
        #expect(!allowed(plain, "clone3") && allowed(admin, "clone3"))
        #expect(plain.contains { $0.names == ["clone3"] && $0.errnoRet == 38 })
    }

    @Test func dockersFormatIsUnderstood() throws {
        let text = """
            {"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
             "syscalls":[{"names":["mount"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_SYS_ADMIN"]}}]}
            """
        let profile = try JSON(parsing: text).decode(SeccompProfile.self)
        let without = try SeccompFilter.compile(profile, capabilities: [])
        let with = try SeccompFilter.compile(profile, capabilities: ["CAP_SYS_ADMIN"])
        #expect(without.count > with.count)
    }

    /// A regression: the supervisor keeps the listener of its plugins' filters itself, and none of them started.
    @Test func aFilterThatAsksNeedsNoAgentToBeCompiled() throws {
        let rule = SeccompProfile.Rule(["mkdir"], action: "SCMP_ACT_NOTIFY")
        let profile = SeccompProfile(defaultAction: "SCMP_ACT_ALLOW", architectures: [], syscalls: [rule])
        #expect(try !SeccompFilter.compile(profile).isEmpty)
        #expect(throws: SeccompFilter.Failure.self) { try SeccompFilter.check(profile, "seccomp") }
    }

    @Test(arguments: ["SCMP_ACT_NONE", ""]) func anUnknownActionIsAnError(action: String) {
        let profile = SeccompProfile(defaultAction: action, architectures: [], syscalls: [])
        #expect(throws: SeccompFilter.Failure.self) { try SeccompFilter.compile(profile) }
    }

    @Test(.enabled(if: RuntimeFixture.isPossible)) func theKernelEnforcesTheDefaultProfile() throws {
        for noNewPrivileges in [false, true] {
            try RuntimeFixture.with(["sh", "-c", "unshare -U true; cat /proc/self/status"]) { box throws in
                box.spec.linux?.seccomp = try JSON(encoding: SeccompFilter.defaultProfile(capabilities: []))
                box.spec.process?.noNewPrivileges = noNewPrivileges
                let output = try box.run()
                #expect(output.code == 0, "\(output.err)")
                #expect(output.err.contains("Operation not permitted"))
                #expect(output.out.contains("Seccomp:\t2"))
                #expect(output.out.contains("NoNewPrivs:\t\(noNewPrivileges ? 1 : 0)"))
            }
        }
    }
}
