import LinuxSystem

/// Why an archive could not be unpacked or made; the entry that was at fault, and a sentence.
public struct LayerError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// The blob is not what its format says: truncated, damaged, of another type.
        case damaged
        /// What an archive must not have: an entry that leads out of the root, or cannot be made.
        case refused
        /// More than the limits allow, or than the disk has room for.
        case tooLarge
        /// The kernel refused something that a good layer may have.
        case system
    }

    public var kind: Kind
    /// The entry's name as the archive has it, printable.
    public var entry: String?
    public var reason: String

    public init(_ kind: Kind, _ reason: String, entry: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.entry = entry
    }

    package init(_ error: SystemError, entry: String?) {
        let kind: Kind =
            switch error.errno {
            case .noSpace, .quotaExceeded, .fileTooLarge: .tooLarge
            case .tooManyLinks, .nameTooLong, .crossDevice: .refused
            default: .system
            }
        self.init(kind, error.description, entry: entry)
    }

    public var description: String {
        guard let entry else { return "layer: \(reason)" }
        return "layer entry \"\(entry)\": \(reason)"
    }
}
