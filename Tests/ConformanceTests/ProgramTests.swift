import LinuxSystem
import Testing

/// The program as its users run it, and `berth plugin test`, which becomes it.
@Suite(.serialized) struct ProgramTests {
    struct Outcome {
        var status: LinuxSystem.ExitStatus?
        var output: String
        var errors: String
    }

    private static let fixture = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/faulty-volumes"

    private func run(_ arguments: [String]) throws -> Outcome {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        let program = "\(parentDirectory(bundle))/\(arguments[0])"
        try #require(fileExists(program), "build the product \(arguments[0]) first")
        let (output, errors) = (try memoryFile([]), try memoryFile([]))
        var request = SpawnRequest(
            .path(program), arguments: arguments,
            environment: ["PATH=/usr/bin:/bin", "BERTH_HOST=unix:///nowhere/berth.sock"])
        request.descriptors = [0: try openNullDevice(), 1: output, 2: errors]
        let process = try spawn(request).shared()
        let status = try ProcessDescriptor.wait(process.raw)
        func text(_ file: SharedDescriptor) throws -> String {
            String(decoding: try RegularFile.readAll(file.raw, limit: 1 << 20), as: UTF8.self)
        }
        return Outcome(status: status, output: try text(output), errors: try text(errors))
    }

    @Test("the exit status says how it went", arguments: ["berth-conformance", "berth"])
    func statuses(_ program: String) throws {
        let start = program == "berth" ? [program, "plugin", "test"] : [program]
        let good = try run(start + [Self.fixture, "--filter", "volume create"])
        #expect(good.status == .exited(code: 0))
        #expect(good.output.hasSuffix("\nfaulty-volumes: 2 passed, 0 failed, 0 skipped\n"), "\(good)")
        let faulty = ["--configuration", #"{"fault": "removes-once"}"#, "--filter", "volume remove"]
        let bad = try run(start + [Self.fixture] + faulty)
        #expect(bad.status == .exited(code: 1))
        #expect(bad.output.contains("FAIL  volume      remove repeats"), "\(bad)")
        #expect(bad.output.contains(#"request: {"jsonrpc":"2.0","id":"#) && bad.output.contains(#""kind": "notFound""#))
        for unusable in [["/etc/passwd"], ["/nowhere/at-all"], [Self.fixture, "--kind", "frob"], [], ["--frob", "x"]] {
            let outcome = try run(start + unusable)
            // `berth` itself refuses what it does not know.
            #expect(outcome.status == .exited(code: 125), "\(unusable): \(outcome)")
            #expect(!outcome.errors.isEmpty)
        }
    }

    @Test("reports for programs") func reports() throws {
        let options = [Self.fixture, "--configuration", #"{"fault": "removes-once"}"#, "--filter", "volume remove"]
        let json = try run(["berth-conformance", "--format", "json"] + options)
        #expect(json.status == .exited(code: 1))
        #expect(json.output.contains(#""result": "failed""#) && json.output.contains(#""passed": 1"#), "\(json)")
        let junit = try run(["berth-conformance", "--format=junit"] + options)
        #expect(junit.output.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"))
        #expect(junit.output.contains("tests=\"2\" failures=\"1\" skipped=\"0\""), "\(junit)")
        #expect(junit.output.contains("&quot;jsonrpc&quot;") && junit.output.hasSuffix("</testsuites>\n"))
    }

    @Test("an installed plugin is found by its name, and one that is not is named") func names() throws {
        let missing = try run(["berth", "plugin", "test", "no-such-plugin"])
        #expect(missing.status == .exited(code: 125))
        #expect(missing.errors.hasPrefix("berth: no such plugin: no-such-plugin\nHint: "), "\(missing)")
    }

    @Test("Docs/conformance.md lists the checks that there are") func documentation() throws {
        let list = try run(["berth-conformance", "--list", "--format", "markdown"]).output
        let tree = parentDirectory(parentDirectory(parentDirectory(#filePath)))
        let page = String(decoding: try readFile("\(tree)/Docs/conformance.md"), as: UTF8.self)
        #expect(list.contains("### common\n"))
        #expect(page.contains(list), "replace the tables by `berth-conformance --list --format markdown`")
    }
}
