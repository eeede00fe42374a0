import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension ConformanceCheck {
    static let messages: [Check<Bench>] = [
        Check("one answer each", "every request gets one answer with its own id, a number or a string, in any order") {
            bench in
            let wire = try bench.session
            let (method, params) = try bench.harmlessCall()
            let ids: [JSON] = [1001, "a string", "1001", "\u{1F511}\"\\", 9_007_199_254_740_993, -7, 0, ""]
            for id in ids { try wire.write(Wire.line(id: id, method, params)) }
            for id in ids { _ = try wire.outcome(of: id) }
            try wire.call(PluginStats())
            try requireQuiet(wire)
        },
        Check("notifications", "a message without id is never answered, whatever it is") { bench in
            let wire = try bench.session
            try wire.write(#"{"jsonrpc":"2.0","method":"no.such.notification","params":{}}"#)
            try wire.write(#"{"jsonrpc":"2.0","method":"plugin.ping"}"#)
            try wire.write(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":424242}}"#)
            try wire.write(#"{"jsonrpc":"2.0","method":"$/cancel"}"#)
            try wire.write(#"{"jsonrpc":"2.0","method":"$/progress","params":{"token":1,"value":2}}"#)
            try requireQuiet(wire)
        },
        Check("unknown method", "a method that it does not have is answered −32601, and it goes on") { bench in
            let wire = try bench.session
            for method in ["no.such.method", "", "plugin.", "__init__", String(repeating: "m", count: 10_000)] {
                let id = try wire.send(method)
                try wire.requireError(
                    RPCError.methodNotFoundCode, to: JSON(id), in: "the method '\(method.prefix(20))'")
            }
            try bench.requireAlive(wire, after: "unknown methods")
        },
        Check("malformed line", "a line that is not JSON is answered −32700 with id null, and the connection lives") {
            bench in
            let wire = try bench.session
            for line in ["{", "nonsense", #"{"jsonrpc":"2.0","id":1,"method":"plugin.ping""#, "\"", "[1,"] {
                try wire.write(line)
                try wire.requireError(RPCError.parseErrorCode, to: nil, in: "the line \(line)")
            }
            try wire.write([0xff, 0xfe, 0x7b])
            try wire.requireError(RPCError.parseErrorCode, to: nil, in: "a line that is not UTF-8")
            try bench.requireAlive(wire, after: "malformed lines")
        },
        Check("invalid requests", "JSON that is no request is answered −32600, and the connection lives") { bench in
            let wire = try bench.session
            for line in ["{}", "42", "\"text\"", #"{"jsonrpc":"2.0","id":[1],"method":"plugin.ping"}"#] {
                try wire.write(line)
                try wire.requireError(RPCError.invalidRequestCode, to: nil, in: "the line \(line)")
            }
            for line in [
                #"{"jsonrpc":"1.0","id":71,"method":"plugin.ping"}"#, #"{"jsonrpc":"2.0","id":71,"method":42}"#,
                #"{"jsonrpc":"2.0","id":71,"method":"plugin.ping","params":"text"}"#,
            ] {
                try wire.write(line)
                try wire.requireError(
                    RPCError.invalidRequestCode, RPCError.invalidParamsCode, to: 71, in: "the line \(line)")
            }
            try bench.requireAlive(wire, after: "invalid requests")
        },
        Check("wrong parameters", "parameters of the wrong type are an error, and the plugin goes on") { bench in
            let wire = try bench.session
            for params: JSON in [[:], [], ["instance": 1], ["instance": nil], ["instance": ["deep": [1, 2]]]] {
                try wire.callExpectingError(PluginInitialize.name, params, "initialize with \(params)")
            }
            try bench.requireAlive(wire, after: "wrong parameters")
        },
        Check("blank lines", "empty lines and carriage returns between messages are nothing") { bench in
            let wire = try bench.session
            try wire.writeBytes(Array("\n\r\n  \n".utf8))
            let line = Wire.line(id: 5001, PluginPing.name)
            try wire.writeBytes(line + Array("\r\n".utf8))
            _ = try wire.answer(to: 5001)
            try requireQuiet(wire)
        },
        Check("lines in pieces", "a request that comes byte by byte, or with the next one behind it, is answered") {
            bench in
            let wire = try bench.session
            for byte in Wire.line(id: 5001, PluginPing.name) + [0x0a] { try wire.writeBytes([byte]) }
            _ = try wire.answer(to: 5001)
            let two = Wire.line(id: 5002, PluginPing.name) + [0x0a] + Wire.line(id: 5003, PluginPing.name) + [0x0a]
            try wire.writeBytes(two)
            for id: JSON in [5002, 5003] { _ = try wire.answer(to: id) }
        },
        Check("batches", "a batch is answered as one: a result for each request, none for notifications") { bench in
            let wire = try bench.session
            let ping = String(decoding: Wire.line(id: 5001, PluginPing.name), as: UTF8.self)
            let unknown = String(decoding: Wire.line(id: "x", "no.such.method"), as: UTF8.self)
            try wire.write("[\(ping),\(unknown),{\"jsonrpc\":\"2.0\",\"method\":\"none\"},1]")
            guard let line = try wire.readLine(until: wire.deadline) else {
                throw Violation("it closed the connection")
            }
            let answers = try JSON(parsing: line).array ?? []
            try require(answers.count == 3, "\(answers.count) answers in one line, not 3")
            let codes = answers.map { $0["error"]?["code"]?.int ?? 0 }.sorted()
            try require(
                codes == [Int64(RPCError.methodNotFoundCode), Int64(RPCError.invalidRequestCode), 0].sorted(),
                "the codes are \(codes)")
            try wire.write("[]")
            try wire.requireError(RPCError.invalidRequestCode, to: nil, in: "an empty batch")
            try requireQuiet(wire)
        },
        Check("many requests at once", "200 requests written before an answer is read are all answered") { bench in
            let wire = try bench.session
            let ids = try (0..<200).map { _ in try wire.send(PluginPing()) }
            for id in ids { _ = try wire.answer(to: JSON(id)) }
        },
        Check("many connections", "16 clients at once are all answered, and one that says nothing delays nobody") {
            bench in
            let silent = try bench.connect()
            let (method, params) = try bench.harmlessCall()
            try bench.parallel(16) { wire, _ in
                for _ in 0..<10 {
                    try wire.ping()
                    _ = try wire.outcome(of: JSON(try wire.send(method, params)))
                }
            }
            try silent.ping()
        },
    ]

    /// Nothing but the answer to a ping comes.
    private static func requireQuiet(_ wire: Wire) throws {
        // Twice: what was late for the first answer is in front of the second.
        for _ in 0..<2 { try wire.ping() }
        try require(wire.unclaimed.isEmpty, "answers that nobody asked for: \(wire.unclaimed)")
    }
}
