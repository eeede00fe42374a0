import JSON
import JSONRPC

/// What sort of failure an error is. The list is closed in the protocol, open in the type: a kind that a newer
/// peer sends survives decoding.
public struct ErrorKind: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let notFound = ErrorKind(rawValue: "notFound")
    public static let conflict = ErrorKind(rawValue: "conflict")
    public static let invalidArgument = ErrorKind(rawValue: "invalidArgument")
    public static let failedPrecondition = ErrorKind(rawValue: "failedPrecondition")
    public static let unavailable = ErrorKind(rawValue: "unavailable")
    public static let deadlineExceeded = ErrorKind(rawValue: "deadlineExceeded")
    public static let permissionDenied = ErrorKind(rawValue: "permissionDenied")
    public static let resourceExhausted = ErrorKind(rawValue: "resourceExhausted")
    public static let corrupted = ErrorKind(rawValue: "corrupted")
    public static let unimplemented = ErrorKind(rawValue: "unimplemented")
    public static let cancelled = ErrorKind(rawValue: "cancelled")
    public static let `internal` = ErrorKind(rawValue: "internal")

    public var description: String { rawValue }
}

/// The one public error of Berth: a kind for programs, a sentence for people.
public struct BerthError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public var kind: ErrorKind
    /// What was wrong, with the object and the numbers, as one sentence without a final full stop.
    public var message: String
    /// What it was about: "image busybox:latest", "container 4f…", "executable".
    public var object: String?
    /// The plugin that reported it, by logical name.
    public var plugin: String?
    /// What to do about it.
    public var hint: String?

    public init(
        _ kind: ErrorKind, _ message: String, object: String? = nil, plugin: String? = nil, hint: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.object = object
        self.plugin = plugin
        self.hint = hint
    }

    public var description: String { message }
}

/// `error.data` on the wire.
private struct ErrorData: Codable, Sendable {
    var kind: ErrorKind
    var object: String?
    var plugin: String?
    var hint: String?
}

extension BerthError {
    /// The first code of Berth's own range; JSON-RPC reserves −32768 to −32000.
    private static let code = -31000

    /// To the wire.
    public var rpcError: RPCError {
        let data = ErrorData(kind: kind, object: object, plugin: plugin, hint: hint)
        return RPCError(code: Self.code, message: message, data: try? JSON(encoding: data))
    }

    /// From whatever a call threw.
    public init(caught error: any Error) {
        switch error {
        case let error as BerthError: self = error
        case let error as RPCError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default: self.init(.internal, "\(error)")
        }
    }

    /// From the wire.
    public init(_ error: RPCError) {
        if let data = try? error.data?.decode(ErrorData.self) {
            self.init(data.kind, error.message, object: data.object, plugin: data.plugin, hint: data.hint)
        } else {
            self.init(Self.kind(ofStandardCode: error.code), error.message)
        }
    }

    private static func kind(ofStandardCode code: Int) -> ErrorKind {
        switch code {
        case RPCError.methodNotFoundCode: .unimplemented
        case RPCError.invalidParamsCode, RPCError.parseErrorCode, RPCError.invalidRequestCode: .invalidArgument
        case RPCError.requestCancelledCode: .cancelled
        case RPCError.deadlineExceededCode: .deadlineExceeded
        case RPCError.connectionClosedCode: .unavailable
        default: .internal
        }
    }
}
