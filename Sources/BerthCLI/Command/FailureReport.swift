import BerthAPI

/// What the user is told when a command fails.
enum FailureReport {
    static let daemonPrefix = "Error response from daemon: "

    /// The daemon's sentence and its advice.
    static func text(_ error: BerthError) -> String {
        // A connection that broke has no object: no daemon said so.
        let isBroken = error.kind == .unavailable && error.object == nil && error.plugin == nil
        let isLocal = isBroken || error.object == "daemon" || error.object == "host"
        let sentence = (isLocal ? "" : daemonPrefix) + error.message
        return error.hint.map { "\(sentence)\nHint: \($0)" } ?? sentence
    }

    /// 127 and 126 for an executable that cannot be run, as a shell has it; nil for everything else.
    static func executableStatus(_ error: BerthError) -> CInt? {
        guard error.object?.hasPrefix("executable") == true else { return nil }
        switch error.kind {
        case .notFound: return 127
        case .permissionDenied, .invalidArgument, .failedPrecondition: return 126
        default: return nil
        }
    }
}
