import BerthAPI
import JSON
import LinuxSystem
import PluginConformance
import Testing

/// `berth plugin new`, run as it is installed.
@Suite(.serialized) struct TemplateTests {
    /// Templates of their own; the others are examples under another name.
    @Test("a new plugin conforms before it does anything useful", arguments: ["python", "c", "shell"])
    func skeletons(_ language: String) throws {
        try with { berth, folder in
            let output = try berth(["--kind", "volume", "--lang", language, "shelf", "--output", folder])
            try #require(output.code == 0, "\(output.text)")
            #expect(output.text.contains("berth plugin test \(folder)/shelf"))
            let package = try SDKFixture.install("\(folder)/shelf", below: try made("\(folder)/installed"))
            let source = try TestedPlugin(path: package)
            #expect(source.name == "shelf")
            for suite in [PluginKind.common, .volume] { try expectConformance(of: package, suite: suite) }
        }
    }

    @Test(
        "an example under another name starts",
        arguments: [("python", "log"), ("python", "network"), ("c", "snapshotter"), ("shell", "log")])
    func examples(_ language: String, _ kind: String) throws {
        try with { berth, folder in
            let output = try berth(["--kind", kind, "--lang", language, "mine", "--output", folder])
            try #require(output.code == 0, "\(output.text)")
            let package = try SDKFixture.install("\(folder)/mine", below: try made("\(folder)/installed"))
            try SDKFixture.with(package: package, folder: folder) { fixture in
                #expect(fixture.manifest.name == "mine")
                #expect(fixture.manifest.kinds.first == PluginKind(rawValue: kind))
                _ = try fixture.plugin.call(PluginPing())
                #expect(try fixture.plugin.call(PluginStats()).failures == 0)
            }
        }
    }

    @Test("what cannot be written is refused, and leaves nothing") func refusals() throws {
        try with { berth, folder in
            let cases: [([String], String)] = [
                (["--kind", "volume", "--lang", "python", "Bad_Name"], "is no name for a plugin"),
                (["--kind", "volume", "--lang", "python", "../up"], "is no name for a plugin"),
                (["--kind", "toaster", "--lang", "python", "x"], "there is no kind toaster"),
                (["--kind", "volume", "--lang", "cobol", "x"], "there is no SDK for cobol"),
                (["--kind", "network", "--lang", "c", "x"], "there is no template of a network plugin in c"),
                (["--lang", "c", "x"], "kind"), (["--kind", "volume", "--lang", "c"], "argument"),
            ]
            for (arguments, sentence) in cases {
                let output = try berth(arguments + ["--output", folder])
                #expect(output.code != 0 && output.text.contains(sentence), "\(arguments): \(output.text)")
            }
            #expect(try listDirectory(folder).sorted() == ["bin", "share"])
            let first = try berth(["--kind", "volume", "--lang", "shell", "x", "-o", folder])
            #expect(first.code == 0, "\(first.text)")
            let second = try berth(["--kind", "volume", "--lang", "shell", "x", "-o", folder])
            #expect(second.code == 1 && second.text.contains("exists already"), "\(second.text)")
        }
    }

    /// Runs a test with an installation of the command line and the templates.
    private func with(_ body: (([String]) throws -> Output, String) throws -> Void) throws {
        try SDKFixture.withFolder { folder in
            let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
            let berth = "\(parentDirectory(bundle))/berth"
            try makeDirectory("\(folder)/bin")
            try makeDirectory("\(folder)/share/berth")
            try #require(try run(["cp", berth, "\(folder)/bin/berth"]).code == 0)
            try makeLink("\(SDKFixture.tree)/SDK/templates", at: "\(folder)/share/berth/templates")
            try body({ try run(["\(folder)/bin/berth", "plugin", "new"] + $0) }, folder)
        }
    }

    private func made(_ folder: String) throws -> String {
        try makeDirectory(folder)
        return folder
    }
}
