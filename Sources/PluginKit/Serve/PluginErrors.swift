import BerthAPI
import JSONRPC
import LinuxSystem

/// The one place where what a plugin's handler throws becomes a wire error.
func wireError(_ error: any Error, plugin: String) -> RPCError {
    var known = (error as? BerthError) ?? BerthError(kind(of: error), "\(error)")
    known.plugin = known.plugin ?? plugin
    return known.rpcError
}

private let kinds: [Errno: ErrorKind] = [
    .noEntry: .notFound, .exists: .conflict, .busy: .failedPrecondition, .notEmpty: .failedPrecondition,
    .accessDenied: .permissionDenied, .notPermitted: .permissionDenied,
    .noSpace: .resourceExhausted, .tooManyOpenFiles: .resourceExhausted, .invalid: .invalidArgument,
    .nameTooLong: .invalidArgument, .notSupported: .unimplemented, .notImplemented: .unimplemented,
    .timedOut: .unavailable, .connectionRefused: .unavailable, .connectionReset: .unavailable,
]

private func kind(of error: any Error) -> ErrorKind {
    (error as? SystemError).flatMap { kinds[$0.errno] } ?? .internal
}
