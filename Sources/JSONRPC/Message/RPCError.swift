import JSON

/// An error as it stands in a response (JSON-RPC 2.0, section 5.1), and the one that failed calls end with.
public struct RPCError: Error, Codable, Sendable, CustomStringConvertible {
    public var code: Int
    /// One sentence.
    public var message: String
    /// What the application adds.
    public var data: JSON?

    public init(code: Int, message: String, data: JSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    public var description: String { "\(message) (\(code))" }
}

// MARK: - Codes

extension RPCError {
    /// The line is not JSON.
    public static let parseErrorCode = -32700
    /// The JSON is not a request.
    public static let invalidRequestCode = -32600
    public static let methodNotFoundCode = -32601
    public static let invalidParamsCode = -32602
    public static let internalErrorCode = -32603
    /// The deadline passed, at the caller or at the one who was called.
    public static let deadlineExceededCode = -32001
    /// The connection ended before the answer came.
    public static let connectionClosedCode = -32002
    /// A message is larger than the limit, or carries too many descriptors.
    public static let limitExceededCode = -32003
    /// A queue is full; the same call may succeed later.
    public static let busyCode = -32004
    /// The caller cancelled the request.
    public static let requestCancelledCode = -32800

    public static func parseError(_ message: String) -> RPCError {
        RPCError(code: parseErrorCode, message: "not JSON: \(message)")
    }

    public static func invalidRequest(_ message: String) -> RPCError {
        RPCError(code: invalidRequestCode, message: message)
    }

    public static func methodNotFound(_ method: String) -> RPCError {
        RPCError(code: methodNotFoundCode, message: "there is no method \(method)")
    }

    public static func invalidParams(_ message: String) -> RPCError {
        RPCError(code: invalidParamsCode, message: message)
    }

    public static func internalError(_ message: String) -> RPCError {
        RPCError(code: internalErrorCode, message: message)
    }

    public static func deadlineExceeded(_ method: String) -> RPCError {
        RPCError(code: deadlineExceededCode, message: "\(method) did not answer within its deadline")
    }

    public static func connectionClosed(_ reason: String) -> RPCError {
        RPCError(code: connectionClosedCode, message: "the connection is closed: \(reason)")
    }

    public static func limitExceeded(_ message: String) -> RPCError {
        RPCError(code: limitExceededCode, message: message)
    }

    public static func busy(_ message: String) -> RPCError { RPCError(code: busyCode, message: message) }

    public static let requestCancelled = RPCError(code: requestCancelledCode, message: "the request was cancelled")
}
