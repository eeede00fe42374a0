import BerthAPI
import JSON
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// `berth plugin new`, run as it is installed.
@Suite(.serialized) struct TemplateTests {
    @Test("a new plugin conforms before it does anything useful", arguments: Skeleton.all)
    func skeletons(_ skeleton: Skeleton) throws {
        try with { berth, folder in
            let arguments = ["--kind", "\(skeleton.kind)", "--lang", skeleton.language]
            let output = try berth(arguments + ["shelf", "--output", folder])
            try #require(output.code == 0, "\(output.text)")
            #expect(output.text.contains("berth plugin test \(folder)/shelf"))
            let package = try SDKFixture.install("\(folder)/shelf", below: try made("\(folder)/installed"))
            if skeleton.language == "swift" {
                try SwiftSkeleton.checkPackage(package)
                try SwiftSkeleton.compile(package, name: "shelf")
            }
            let source = try TestedPlugin(path: package)
            #expect(source.name == "shelf")
            #expect(source.manifest?.kinds.first == skeleton.kind)
            // What every plugin has to do is the SDK's work, the same for all kinds.
            let common: [PluginKind] = skeleton.kind == .volume ? [.common] : []
            // A skeleton in Swift is linked with the toolchain's libraries here.
            let confined = skeleton.language != "swift"
            for suite in common + (source.manifest?.kinds ?? []) {
                try expectConformance(of: package, suite: suite, confined: confined)
            }
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

    @Test("every kind can be written in every language") func complete() throws {
        let templates = try listDirectory("\(SDKFixture.tree)/SDK/templates").filter { $0.contains("-") }
        let kinds = ["log", "network", "registry", "snapshotter", "volume"]
        #expect(
            Set(templates) == Set(kinds.flatMap { kind in ["c", "python", "shell", "swift"].map { "\($0)-\(kind)" } }))
    }

    @Test("what cannot be written is refused, and leaves nothing") func refusals() throws {
        try with { berth, folder in
            let cases: [([String], String)] = [
                (["--kind", "volume", "--lang", "python", "Bad_Name"], "is no name for a plugin"),
                (["--kind", "volume", "--lang", "python", "../up"], "is no name for a plugin"),
                (["--kind", "toaster", "--lang", "python", "x"], "there is no kind toaster"),
                (["--kind", "volume", "--lang", "cobol", "x"], "there is no SDK for cobol"),
                (["--kind", "differ", "--lang", "c", "x"], "use --kind snapshotter"),
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
            let berth = "\(try SDKFixture.products())/berth"
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

/// A template of its own; the other combinations are examples under another name.
struct Skeleton: Sendable, CustomStringConvertible {
    var kind: PluginKind
    var language: String
    var description: String { "\(kind) in \(language)" }

    static let all = [
        (PluginKind.volume, ["c", "python", "shell", "swift"]), (.network, ["c", "shell", "swift"]),
        (.log, ["c", "swift"]), (.snapshotter, ["python", "shell", "swift"]),
        (.registry, ["c", "python", "shell", "swift"]),
    ].flatMap { kind, languages in languages.map { Skeleton(kind: kind, language: $0) } }
}
