import Archive
import BerthAPI
import ContainerRuntime
import LinuxSystem

extension FileAnswer.Failure {
    /// The one place where an error here becomes one of the wire.
    init(_ error: any Error) {
        switch error {
        case let error as BerthError: self.init(kind: error.kind, message: error.message)
        case let error as SystemError: self.init(kind: Self.kind(error.errno), message: Self.text(error))
        case let error as LayerError: self.init(error)
        default: self.init(kind: .internal, message: "\(error)")
        }
    }

    private init(_ error: LayerError) {
        let kind: ErrorKind =
            switch error.kind {
            case .damaged: .corrupted
            case .refused: .invalidArgument
            case .tooLarge: .resourceExhausted
            case .system: .internal
            }
        self.init(kind: kind, message: error.entry.map { "\($0): \(error.reason)" } ?? error.reason)
    }

    private static func kind(_ errno: Errno) -> ErrorKind {
        switch errno {
        case .noEntry, .notDirectory, .tooManyLinks: .notFound
        case .noSpace, .quotaExceeded: .resourceExhausted
        case .notPermitted, .accessDenied: .permissionDenied
        case .brokenPipe: .cancelled
        case .noProcess: .conflict
        default: .internal
        }
    }

    private static func text(_ error: SystemError) -> String {
        error.errno == .noProcess ? "the container has just ended" : error.description
    }
}
