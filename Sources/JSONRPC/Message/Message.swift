import JSON

/// A message as it was received, its envelope checked.
enum Message {
    case request(Call, id: RequestID)
    case notification(Call)
    case response(id: RequestID, Swift.Result<JSON, RPCError>, descriptors: Int)
    /// An error about a message of ours that the peer could not read.
    case complaint(RPCError)
    /// To be answered with an error; the id is nil where it could not be read.
    case invalid(RPCError, id: RequestID?)
    /// A response that makes no sense: it is never answered, or two peers would complain to each other for ever.
    case ignored

    struct Call {
        var method: String
        /// nil when absent.
        var params: JSON?
        /// The caller's deadline in milliseconds from now.
        var timeout: Int64?
        var progress: JSON?
        var descriptors = 0
    }
}

extension Message {
    /// Reads one message, not a batch.
    init(_ json: JSON) {
        if let method = json["method"] {
            self = Self.call(json, method)
        } else if json["result"] != nil || json["error"] != nil {
            self = Self.response(json)
        } else {
            self = .invalid(.invalidRequest("a message needs a method, a result or an error"), id: Self.id(of: json))
        }
    }

    private static func id(of json: JSON) -> RequestID? { json["id"].flatMap(RequestID.init) }

    private static func call(_ json: JSON, _ method: JSON) -> Message {
        let idMember = json["id"]
        let id = idMember.flatMap(RequestID.init)
        func invalid(_ message: String) -> Message { .invalid(.invalidRequest(message), id: id) }

        guard json["jsonrpc"]?.string == "2.0" else { return invalid("the member jsonrpc must be \"2.0\"") }
        guard let name = method.string else { return invalid("the member method must be a string") }
        guard idMember == nil || id != nil else { return invalid("the member id must be an integer or a string") }
        var call = Call(method: name)
        if let params = json["params"], !params.isNull {
            guard params.isContainer else { return invalid("the member params must be an object") }
            call.params = params
        }
        if let timeout = json["timeout"] {
            guard let milliseconds = timeout.int, milliseconds >= 0 else {
                return invalid("the member timeout must be a number of milliseconds")
            }
            call.timeout = milliseconds
        }
        call.progress = json["progress"]
        guard let count = descriptors(of: json) else { return invalid("the member descriptors must be a small number") }
        call.descriptors = count
        return id.map { .request(call, id: $0) } ?? .notification(call)
    }

    private static func response(_ json: JSON) -> Message {
        let error = json["error"].map(RPCError.init(lenient:))
        guard let id = id(of: json) else { return error.map { .complaint($0) } ?? .ignored }
        let count = descriptors(of: json) ?? Limits.descriptors + 1
        if let error { return .response(id: id, .failure(error), descriptors: count) }
        return json["result"].map { .response(id: id, .success($0), descriptors: count) } ?? .ignored
    }

    /// nil when the member is not a number that can be meant.
    private static func descriptors(of json: JSON) -> Int? {
        guard let member = json["descriptors"] else { return 0 }
        return member.int.flatMap { (0...Int64(Limits.descriptors)).contains($0) ? Int($0) : nil }
    }
}

extension JSON {
    fileprivate var isContainer: Bool { count > 0 || array != nil || object != nil }
}

extension RPCError {
    /// From whatever the peer put into `error`: an answer that fails must arrive even when it is written badly.
    init(lenient json: JSON) {
        self.init(
            code: json["code"]?.int.flatMap { Int(exactly: $0) } ?? Self.internalErrorCode,
            message: json["message"]?.string ?? json.string ?? "the peer gave no reason",
            data: json["data"])
    }
}
