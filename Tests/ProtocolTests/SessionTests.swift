import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import PluginConformance
import ProtocolReference
import Testing

/// Sessions of version 1, recorded once and never again, against the types and the plugins of today (Docs/versions.md).
@Suite(.serialized) struct SessionTests {
    /// What needs an endpoint that only a descriptor makes, or a container's log.
    private static let dependent: Set = [
        "network.publish", "network.unpublish", "network.reconcile", "network.deleteNetwork", "network.list",
        "log.rotate", "log.read", "log.list", "registry.resolve", "registry.exists", "registry.tags",
        "registry.catalog",
    ]

    /// A plugin of then talks to the supervisor of today, and the other way round.
    @Test(arguments: Session.recorded.map(\.0)) func everyMessageIsStillUnderstood(_ kind: String) throws {
        for exchange in try Session(kind).exchanges {
            let method = try #require(PluginProtocol.method(exchange.method), "\(exchange.method) is gone")
            expectDecodes("\(exchange.method): parameters") { try method.checkParams(exchange.params) }
            if let result = exchange.answer["result"] {
                expectDecodes("\(exchange.method): result") { try method.checkResult(result) }
            } else {
                try expectTyped(exchange)
            }
        }
    }

    private func expectTyped(_ exchange: Session.Exchange) throws {
        let error = try #require(exchange.answer["error"], "\(exchange.method) was not answered")
        let kind = try #require(error["data"]?["kind"]?.string, "\(exchange.method): \(error)")
        let code = try #require(error["code"]?.int)
        let message = error["message"]?.string ?? ""
        let decoded = BerthError(RPCError(code: Int(code), message: message, data: error["data"]))
        #expect(decoded.kind.rawValue == kind && decoded.message == message)
    }

    /// A newer peer adds members, wherever there are members.
    @Test(arguments: Session.recorded.map(\.0)) func unknownMembersAreIgnored(_ kind: String) throws {
        var added = 0
        for exchange in try Session(kind).exchanges {
            let method = try #require(PluginProtocol.method(exchange.method))
            let params = Self.extended(exchange.params, by: method.description.params, &added)
            expectDecodes("\(exchange.method): parameters with more") { try method.checkParams(params) }
            guard let result = exchange.answer["result"] else { continue }
            let more = Self.extended(result, by: method.description.result, &added)
            expectDecodes("\(exchange.method): result with more") { try method.checkResult(more) }
        }
        #expect(added > 10)
    }

    /// A supervisor of then calls the plugin of today, and so does one that says more than this one knows.
    @Test(arguments: Session.recorded) func plugins(_ kind: String, _ plugin: String) async throws {
        for isNewer in [false, true] {
            try await withPlugin(plugin) { plugin in
                let connection = try plugin.connect()
                defer { connection.close(reason: "the session is over") }
                var replayed = 0
                for exchange in try Session(kind).exchanges where isReplayed(exchange) {
                    try await replay(exchange, isNewer, on: connection)
                    replayed += 1
                }
                #expect(replayed >= 4)
            }
        }
    }

    private func isReplayed(_ exchange: Session.Exchange) -> Bool {
        exchange.descriptors == 0 && !Self.dependent.contains(exchange.method) && exchange.method != "initialize"
            && !["plugin.drain", "plugin.shutdown"].contains(exchange.method)
    }

    private func replay(_ exchange: Session.Exchange, _ isNewer: Bool, on connection: Connection) async throws {
        var params = exchange.params
        if isNewer {
            var added = 0
            params = Self.extended(
                params, by: PluginProtocol.method(exchange.method)?.description.params ?? [:], &added)
        }
        do {
            let result = try await connection.reply(
                method: exchange.method, params: params, timeout: .seconds(30)
            ).result
            let then = try #require(exchange.answer["result"], "\(exchange.method) failed then: \(exchange.answer)")
            expectShape(of: then, in: result, exchange.method)
        } catch let error as RPCError {
            let then = exchange.answer["error"]?["data"]?["kind"]?.string
            #expect(error.data?["kind"]?.string == then, "\(exchange.method): \(error.message)")
        }
    }

    /// Each member that was there is there, with a value of the same type; there may be more.
    private func expectShape(of then: JSON, in now: JSON, _ place: String) {
        #expect(Self.type(then) == Self.type(now), "\(place)")
        for (name, value) in then.object ?? [] {
            // Labels and options are data.
            guard !place.hasSuffix("labels"), !place.hasSuffix("options"), !place.hasSuffix("details") else { return }
            guard let found = now[name] else {
                Issue.record("\(place): there is no \(name) any more")
                continue
            }
            expectShape(of: value, in: found, "\(place).\(name)")
        }
        if let first = then.array?.first, let found = now.array?.first {
            expectShape(of: first, in: found, "\(place)[]")
        }
    }

    private static func type(_ value: JSON) -> String {
        if value.object != nil { return "object" }
        if value.array != nil { return "list" }
        if value.string != nil { return "string" }
        if value.bool != nil { return "boolean" }
        return value.isNull ? "null" : "number"
    }

    /// A value with a member that nobody knows in every object that the schema gives members.
    private static func extended(_ value: JSON, by schema: JSON, _ added: inout Int) -> JSON {
        if let elements = value.array {
            var extended: [JSON] = []
            for element in elements { extended.append(Self.extended(element, by: schema["items"] ?? [:], &added)) }
            return .array(extended)
        }
        guard let members = value.object, schema["type"]?.string == "object", schema["additionalProperties"] == nil
        else { return value }
        var extended: [(String, JSON)] = []
        for (name, member) in members {
            extended.append((name, Self.extended(member, by: schema["properties"]?[name] ?? [:], &added)))
        }
        added += 1
        return .object(extended + [("fromTheFuture", ["version": 2])])
    }

    private func expectDecodes(_ place: String, _ body: () throws -> Void) {
        do { try body() } catch { Issue.record("\(place): \(error)") }
    }

    /// Methods that came after version 1 began, and what peers without them answer.
    @Test func anUnknownMethodIsNoReasonToEndASession() async throws {
        try await withPlugin("local") { plugin in
            let connection = try plugin.connect()
            defer { connection.close(reason: "the session is over") }
            let error = await #expect(throws: RPCError.self) {
                _ = try await connection.reply(method: "volume.fromTheFuture", params: [:], timeout: .seconds(30))
            }
            #expect(error?.code == -32601)
            #expect(error.map { BerthError($0).kind } == .unimplemented)
            _ = try await connection.reply(method: "volume.list", params: [:], timeout: .seconds(30))
        }
    }
}
