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

    /// From whatever was thrown.
    init(anything error: any Error) {
        switch error {
        case let error as BerthError: self = error
        case let error as LaunchError: self.init(error)
        default: self.init(.internal, "\(error)")
        }
    }
}

/// To the wire, from whatever a handler threw.
func wireError(_ error: any Error) -> RPCError { error as? RPCError ?? BerthError(anything: error).rpcError }
