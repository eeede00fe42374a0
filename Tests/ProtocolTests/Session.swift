import BerthAPI
import JSON
import LinuxSystem
import ProtocolReference

/// A recorded session between a supervisor and a plugin: Tests/Fixtures/sessions.
struct Session {
    struct Exchange {
        var method: String
        var request: JSON
        var answer: JSON

        var params: JSON { request["params"] ?? [:] }
        var descriptors: Int64 { request["descriptors"]?.int ?? 0 }
    }

    static let folder = "\(tests)/Fixtures/sessions"
    static let tests = parentDirectory(parentDirectory(#filePath))
    /// Session file and the executable that it was recorded with.
    static let recorded = [
        ("snapshotter", "overlay"), ("network", "bridge"), ("log", "json-file"), ("volume", "local"),
        ("registry", "layout"),
    ]

    let exchanges: [Exchange]

    init(_ kind: String, version: Int = 1) throws {
        let bytes = try readFile("\(Self.folder)/v\(version)/\(kind).jsonl")
        var exchanges: [Exchange] = []
        for line in bytes.split(separator: 10) {
            // Also the tracer's own format is held.
            let traffic = try JSON(parsing: Array(line)).decode(PluginTraffic.self)
            guard traffic.message["id"] != nil else { continue }
            if traffic.sent {
                exchanges.append(.init(method: traffic.method ?? "", request: traffic.message, answer: .null))
            } else {
                exchanges[exchanges.count - 1].answer = traffic.message
            }
        }
        self.exchanges = exchanges
    }

    /// The first exchange of each method that succeeded.
    var examples: [String: ReferencePage.Example] {
        let succeeded = exchanges.filter { $0.answer["result"] != nil }
        return Dictionary(
            succeeded.map { ($0.method, ReferencePage.Example(request: $0.request, answer: $0.answer)) }
        ) { first, _ in first }
    }
}
