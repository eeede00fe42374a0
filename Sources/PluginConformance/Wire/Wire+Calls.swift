import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension Wire {
    /// Writes a request.
    ///
    /// - Parameter members: further ones of the message: `timeout`, `progress`.
    /// - Returns: its id.
    @discardableResult
    func send(
        _ method: String, _ params: JSON = [:], descriptors: [SharedDescriptor] = [], members: [(String, JSON)] = []
    ) throws -> Int64 {
        let id = newID()
        try write(
            Self.line(id: JSON(id), method, params, descriptors: descriptors.count, members: members),
            descriptors: descriptors)
        return id
    }

    @discardableResult
    func send<M: Method>(
        _ method: M, descriptors: [SharedDescriptor] = [], members: [(String, JSON)] = []
    ) throws -> Int64 {
        try send(M.name, try JSON(encoding: method), descriptors: descriptors, members: members)
    }

    static func line(
        id: JSON, _ method: String, _ params: JSON = [:], descriptors: Int = 0, members: [(String, JSON)] = []
    ) -> [UInt8] {
        var parts: [(String, JSON)] = [
            ("jsonrpc", "2.0"), ("id", id), ("method", JSON(method)), ("params", params),
        ]
        parts += members
        if descriptors > 0 { parts.append(("descriptors", JSON(descriptors))) }
        return JSON.object(parts).serialized()
    }

    func cancel(_ id: Int64) throws {
        try write(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":\#(id)}}"#)
    }

    // MARK: Answers

    /// Waits for the answer to a request.
    func answer(to id: JSON, until deadline: MonotonicTime? = nil) throws -> Answer {
        let (key, deadline) = (id.description, deadline ?? self.deadline)
        do {
            while true {
                if let answer = takeAnswer(key) { return answer }
                guard try readMessage(until: deadline) else {
                    throw Violation("the plugin closed the connection instead of answering")
                }
            }
        } catch is Overdue {
            throw Violation("no answer within \(address.timeout)")
        }
    }

    /// What a request was answered: a result, or an error whose shape is checked.
    func outcome(of id: JSON, until deadline: MonotonicTime? = nil) throws -> Result<Answer, RPCError> {
        let answer = try answer(to: id, until: deadline)
        try require(answer.json["jsonrpc"]?.string == "2.0", "the answer's member jsonrpc is not \"2.0\"")
        guard let error = answer.json["error"] else { return .success(answer) }
        try require(answer.json["result"] == nil, "the answer has a result and an error")
        do {
            return .failure(try error.decode(RPCError.self))
        } catch {
            throw Violation("the member error is not {code, message}: \(error)")
        }
    }

    /// Calls and waits for the answer.
    ///
    /// - Throws: `BerthError` for an error that the plugin answered, `Violation` for an answer that breaks the protocol.
    @discardableResult
    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        try reply(to: method, descriptors: descriptors).result
    }

    /// As `call`, with the descriptors that came beside the answer.
    func reply<M: Method>(to method: M, descriptors: [SharedDescriptor] = []) throws -> Reply<M.Result> {
        try reply(to: M.self, id: try send(method, descriptors: descriptors))
    }

    /// Waits for the answer to a request that was sent.
    func reply<M: Method>(to method: M.Type, id: Int64) throws -> Reply<M.Result> {
        switch try outcome(of: JSON(id)) {
        case .failure(let error): throw BerthError(error)
        case .success(let answer):
            do {
                let result = try (answer.json["result"] ?? .null).decode(M.Result.self)
                return Reply(result: result, descriptors: answer.descriptors)
            } catch {
                throw Violation("the result of \(M.name) is not what the protocol says: \(error)")
            }
        }
    }

    /// Calls with any parameters and expects an error.
    func callExpectingError(_ method: String, _ params: JSON, _ what: String) throws {
        guard case .failure = try outcome(of: JSON(try send(method, params))) else {
            throw Violation("\(what) succeeded")
        }
    }

    /// Whether the plugin still answers on this connection.
    func ping() throws { try call(PluginPing()) }

    /// What came of `$/progress` are integers that grow.
    func requireProgress(token: String, upTo limit: Int64) throws {
        var last: Int64 = 0
        for message in notifications where message["method"]?.string == "$/progress" {
            try require(message["params"]?["token"]?.string == token, "progress for another token: \(message)")
            guard let value = message["params"]?["value"]?.int else {
                throw Violation("progress is not an integer: \(message)")
            }
            try require((last...limit).contains(value), "progress is \(value) after \(last), of \(limit)")
            last = value
        }
    }
}
