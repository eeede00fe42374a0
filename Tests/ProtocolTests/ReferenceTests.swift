import BerthAPI
import Engine
import JSON
import JSONRPC
import LinuxSystem
import Logging
import PluginConformance
import ProtocolReference
import Supervisor
import Testing

/// Docs/protocol says what the types say. `BERTH_REWRITE=1` writes the pages again.
@Suite(.serialized) struct ReferenceTests {
    private static let folder = "\(parentDirectory(Session.tests))/Docs/protocol"
    private static let rewrites = environmentVariable("BERTH_REWRITE") == "1"

    private static let introductions = [
        "session": "Opening a session, and what needs none.",
        "container": "Containers. Ids may be given as names, or as prefixes that only one has.",
        "image": "Images.", "volume": "Volumes.", "network": "Networks.",
        "system": "The daemon and its host.",
        "events": "What happens, numbered. Events come as `events.event {event, skipped}`.",
        "operation": "What the daemon did for its clients lately, step by step over its plugins.",
        "plugin": "Plugins: their life, and what helps to debug them.",
    ]

    @Test func thePagesOfTheServicesAreWhatTheDaemonServes() async throws {
        let (methods, comments) = (try await served(), try Self.comments())
        let services = Dictionary(grouping: methods) { method in
            let parts = method.name.split(separator: ".")
            return parts.count == 1 || parts[0] == "rpc" ? "session" : String(parts[0])
        }
        #expect(services.keys.sorted() == Self.introductions.keys.sorted())
        for (service, methods) in services {
            let page = ReferencePage(
                title: "Public API: \(service)", introduction: Self.introductions[service] ?? "", methods: methods,
                comments: comments, isPublic: true)
            try compare(page, "api-\(service).md")
            for method in methods {
                #expect(!method.summary.isEmpty, "\(method.name)")
                expectMeanings(method, comments)
            }
        }
    }

    @Test func thePagesOfTheKindsAreWhatTheTypesSay() throws {
        let comments = try Self.comments()
        for kind in PluginProtocol.all {
            let session = kind.kind == "differ" ? "snapshotter" : kind.kind == "lifecycle" ? "volume" : kind.kind
            let examples = kind.kind == "shim" ? [:] : try Session(session).examples
            let page = ReferencePage(
                title: kind.kind == "shim" ? "The shim" : "Plugins: \(kind.kind)", introduction: kind.introduction,
                methods: kind.methods.map(\.description), comments: comments, examples: examples)
            try compare(page, "\(kind.kind).md")
            for method in kind.methods {
                expectMeanings(method.description, comments)
                if kind.kind == "shim" { continue }
                #expect(examples[method.name] != nil, "no recorded call of \(method.name) succeeded")
            }
        }
    }

    /// Each member of a message has a doc comment.
    private func expectMeanings(_ method: MethodDescription, _ comments: DocComments) {
        for schema in [method.params, method.result] {
            for row in SchemaRows(comments).rows(of: schema["items"] ?? schema) {
                #expect(!row.meaning.isEmpty, "\(method.name): \(row.path)")
            }
        }
    }

    @Test func noOtherPageIsThere() throws {
        let services = Self.introductions.keys.map { "api-\($0).md" }
        let expected = services + PluginProtocol.all.map { "\($0.kind).md" }
        #expect(try listDirectory(Self.folder).sorted() == expected.sorted())
        let introduction = String(decoding: try readFile("\(parentDirectory(Self.folder))/protocol.md"), as: UTF8.self)
        for page in expected { #expect(introduction.contains("(protocol/\(page))"), "\(page) is not linked") }
    }

    /// What plugins of the tree serve is what the pages of their kinds say.
    @Test(arguments: ["overlay", "bridge", "json-file", "local", "layout", "none", "host", "distribution"])
    func pluginsServeTheirKinds(_ name: String) async throws {
        try await withPlugin(name) { plugin in
            let document = try plugin.call(Discover())
            let served = Set((document["methods"]?.array ?? []).compactMap { $0["name"]?.string })
            let kinds = plugin.kinds + ["lifecycle"]
            let declared = PluginProtocol.all.filter { kinds.contains($0.kind) }.flatMap(\.methods).map(\.name)
            #expect(served.subtracting(declared) == ["rpc.discover"])
            #expect(Set(declared).subtracting(served).isEmpty)
        }
    }

    // MARK: Pieces

    /// Of the modules whose types go over the wire.
    private static func comments() throws -> DocComments {
        let tree = parentDirectory(Session.tests)
        let sources = try ["BerthAPI", "OCISpec", "JSONRPC"].flatMap { try swiftFiles("\(tree)/Sources/\($0)") }
        return DocComments(sources: try sources.map { String(decoding: try readFile($0), as: UTF8.self) })
    }

    private static func swiftFiles(_ folder: String) throws -> [String] {
        try listDirectory(folder).flatMap { name in
            name.hasSuffix(".swift") ? ["\(folder)/\(name)"] : try swiftFiles("\(folder)/\(name)")
        }
    }

    private func compare(_ page: ReferencePage, _ name: String) throws {
        let path = "\(Self.folder)/\(name)"
        if Self.rewrites {
            try makeDirectory(Self.folder, mode: 0o755)
            return try writeFile(path, Array(page.text.utf8), mode: 0o644)
        }
        let written = String(decoding: (try? readFile(path)) ?? [], as: UTF8.self)
        #expect(written == page.text, "\(name) differs from the types: run with BERTH_REWRITE=1 and commit it")
    }

    /// The methods of a daemon, by an engine without plugins.
    private func served() async throws -> [MethodDescription] {
        let folder = "/tmp/berth-protocol-test-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? removeDirectory(folder) }
        let configuration = EngineConfiguration(
            root: "\(folder)/root", run: "\(folder)/run", shim: "/bin/true", runtime: "/bin/true")
        let engine = try await Engine(
            configuration, plugins: .init(root: "\(folder)/root", run: "\(folder)/run", searchPath: []),
            loop: try EventLoop(), logger: Logger(label: "protocol"))
        return EngineService(engine).methods
    }
}
