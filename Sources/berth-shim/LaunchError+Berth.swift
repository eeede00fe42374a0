import BerthAPI
import ContainerRuntime
import JSONRPC
import LinuxSystem

extension BerthError {
    /// What the launch path reports, as the shim's methods promise it (`ShimStart`).
    init(_ error: LaunchError) {
        switch error.kind {
        case .executableNotFound: self.init(.notFound, error.message, object: "executable")
        case .notExecutable: self.init(.permissionDenied, error.message, object: "executable")
        case .invalid, .unknownUser: self.init(.invalidArgument, error.message)
        case .unsupported: self.init(.unimplemented, error.message)
        case .state: self.init(.failedPrecondition, error.message)
        case .system: self.init(.internal, error.message)
        }
    }
}

/// To the wire, from whatever a handler threw.
func wireError(_ error: any Error) -> RPCError {
    switch error {
    case let error as RPCError: error
    case let error as BerthError: error.rpcError
    case let error as LaunchError: BerthError(error).rpcError
    default: BerthError(.internal, "\(error)").rpcError
    }
}
