import JSON
import LinuxSystem
import OCISpec
import SeccompFilter
import Testing

/// Compiled filters that the command keeps from one launch to the next.
@Suite(.enabled(if: RuntimeFixture.isPossible)) struct FilterCacheTests {
    /// Forbids one call beside what nobody needs.
    private func profile(_ forbidden: String) throws -> JSON {
        let rules = [SeccompProfile.Rule([forbidden], action: "SCMP_ACT_ERRNO")]
        return try JSON(
            encoding: SeccompProfile(defaultAction: "SCMP_ACT_ALLOW", architectures: [], syscalls: rules))
    }

    /// Which of M, a new folder, and C, a changed mode, the container was allowed.
    private func outcome(_ box: RuntimeFixture, _ forbidden: String) throws -> String {
        box.spec.linux?.seccomp = try profile(forbidden)
        let output = try box.run()
        #expect(output.code == 0, "\(output.err)")
        return output.out
    }

    private static let script =
        "mkdir /tmp/d 2>/dev/null && rmdir /tmp/d && echo -n M; chmod 700 /tmp 2>/dev/null && echo -n C; echo"

    private func with(_ body: (RuntimeFixture, _ folder: String) throws -> Void) throws {
        try RuntimeFixture.with(["sh", "-c", Self.script]) { try body($0, "\($0.folder)/state/~filters") }
    }

    @Test func oneFilterIsKeptForEachProfile() throws {
        try with { box, folder throws in
            for _ in 0..<2 {
                #expect(try outcome(box, "mkdir") == "C\n")
                #expect(try outcome(box, "chmod") == "M\n")
            }
            #expect(try listDirectory(folder).count == 2)
        }
    }

    @Test func whatIsNotTheProfilesIsCompiledAnew() throws {
        try with { box, folder throws in
            #expect(try outcome(box, "mkdir") == "C\n")
            let file = "\(folder)/\(try #require(try listDirectory(folder).first))"
            let good = try readFile(file)
            let other = try profile("unshare").serialized() + [10]
            let damaged: [[UInt8]] = [[], Array(good.prefix(20)), Array(good.prefix { $0 != 10 }) + [10], other + good]
            for bytes in damaged {
                try writeFile(file, bytes, durable: false)
                #expect(try outcome(box, "mkdir") == "C\n")
                #expect(try readFile(file) == good)
            }
        }
    }

    @Test func worksWithoutAPlaceToKeepThem() throws {
        try with { box, folder throws in
            try makeDirectory(parentDirectory(folder))
            try writeFile(folder, [])
            #expect(try outcome(box, "mkdir") == "C\n")
        }
    }

    @Test func staysSmall() throws {
        try with { box, folder throws in
            try makeDirectory(folder)
            for number in 0..<100 { try writeFile("\(folder)/\(number)", [], durable: false) }
            #expect(try outcome(box, "mkdir") == "C\n")
            #expect(try listDirectory(folder).count == 1)
        }
    }

    @Test func noContainerCanHaveItsName() throws {
        try with { box, folder throws in
            #expect(try outcome(box, "mkdir") == "C\n")
            for verb in ["state", "delete"] {
                let output = try box.runtime([verb, "~filters"])
                #expect(output.code == 1 && output.err.contains("not a valid container id"), "\(output.err)")
            }
            #expect(try box.runtime(["list", "--quiet"]).out == "")
            #expect(fileExists(folder))
        }
    }
}
