import BerthAPI
import JSON
import LinuxSystem

/// A session between daemon and plugin as a file: one `PluginTraffic` a line.
final class Recording {
    /// A request of the daemon's, and what was answered.
    struct Exchange {
        var method: String
        var params: JSON
        /// File descriptors that came with the request: they cannot be recorded.
        var descriptors: Int64
        var answer: JSON?
    }

    private static let maximumSize = 256 << 20
    private let file: SharedDescriptor

    init(writing path: String) throws {
        try writeFile(path, [], durable: false)
        file = try openForAppending(path).shared()
    }

    func add(_ traffic: PluginTraffic) throws {
        try StandardStream.write(try JSON(encoding: traffic).serialized() + [10], to: file.raw)
    }

    /// The daemon's requests in their order.
    static func exchanges(in path: String) throws -> [Exchange] {
        var exchanges: [Exchange] = []
        var positions: [String: Int] = [:]
        for line in try readFile(path, limit: maximumSize).split(separator: 10) {
            let traffic = try JSON(parsing: Array(line)).decode(PluginTraffic.self)
            guard let id = traffic.message["id"]?.description else { continue }
            if traffic.sent, let method = traffic.message["method"]?.string {
                positions[id] = exchanges.count
                exchanges.append(
                    Exchange(
                        method: method, params: traffic.message["params"] ?? [:],
                        descriptors: traffic.message["descriptors"]?.int ?? 0))
            } else if !traffic.sent, let position = positions[id] {
                exchanges[position].answer = traffic.message
            }
        }
        return exchanges
    }
}
