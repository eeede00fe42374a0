import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization

/// Makes messages to look at of what goes over a connection: answers are joined to their requests, secrets are taken out.
final class WireTracer: Sendable {
    private struct Request {
        var method: String
        var begin: MonotonicTime
    }

    /// Members whose value is not shown, wherever they stand.
    private static let secret: Set = ["password", "token", "identityToken", "secret", "authorization", "credentials"]
    private static let rememberedRequests = 4096

    private let plugin: String
    private let methods: [String]?
    private let receive: @Sendable (PluginTraffic) -> Void
    private let requests = Mutex<[String: Request]>([:])

    init(plugin: String, methods: [String]?, receive: @escaping @Sendable (PluginTraffic) -> Void) {
        self.plugin = plugin
        self.methods = methods
        self.receive = receive
    }

    func see(_ direction: Connection.Direction, _ line: [UInt8]) {
        guard let message = try? JSON(parsing: line) else { return }
        for part in message.array ?? [message] { show(part, sent: direction == .sent) }
    }

    private func show(_ message: JSON, sent: Bool) {
        let (method, elapsed) = origin(of: message, sent: sent)
        guard isWanted(method) else { return }
        receive(
            PluginTraffic(
                plugin: plugin, time: Timestamp(nanoseconds: Host.now), sent: sent, method: method,
                message: Self.redacted(message), elapsed: elapsed))
    }

    /// The method of a request, or of the request that an answer belongs to, with the time since.
    private func origin(of message: JSON, sent: Bool) -> (method: String?, elapsed: Int64?) {
        let id = message["id"].map { "\(sent) \($0)" }
        if let method = message["method"]?.string {
            if let id {
                requests.withLock { requests in
                    if requests.count >= Self.rememberedRequests { requests.removeAll() }
                    requests[id] = Request(method: method, begin: .now)
                }
            }
            return (method, nil)
        }
        let asked = message["id"].map { "\(!sent) \($0)" } ?? ""
        guard let request = requests.withLock({ $0.removeValue(forKey: asked) }) else { return (nil, nil) }
        return (request.method, (.now - request.begin).microseconds)
    }

    private func isWanted(_ method: String?) -> Bool {
        guard let methods else { return true }
        guard let method else { return false }
        return methods.contains { $0.hasSuffix("*") ? method.hasPrefix($0.dropLast()) : method == $0 }
    }

    static func redacted(_ value: JSON) -> JSON {
        if let members = value.object {
            return .object(
                members.map { member in
                    let isSecret = secret.contains(member.key) && !member.value.isNull
                    return (member.key, isSecret ? JSON("(redacted)") : redacted(member.value))
                })
        }
        return value.array.map { JSON.array($0.map(redacted)) } ?? value
    }
}
