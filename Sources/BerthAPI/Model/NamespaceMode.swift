/// A field of `NamespaceRequest`, read.
public enum NamespaceMode: Hashable, Sendable, CustomStringConvertible {
    case `private`, host, none, shareable
    /// The name or id of the container whose namespace is shared.
    case container(String)

    /// nil for what is no mode; an empty text is `private`.
    public init?(_ text: String) {
        switch text {
        case "", "private": self = .private
        case "host": self = .host
        case "none": self = .none
        case "shareable": self = .shareable
        default:
            let prefix = "container:"
            guard text.hasPrefix(prefix), text.count > prefix.count else { return nil }
            self = .container(String(text.dropFirst(prefix.count)))
        }
    }

    public var description: String {
        switch self {
        case .private: "private"
        case .host: "host"
        case .none: "none"
        case .shareable: "shareable"
        case .container(let name): "container:\(name)"
        }
    }

    /// The container that is named.
    public var container: String? {
        guard case .container(let name) = self else { return nil }
        return name
    }
}

extension NamespaceRequest {
    /// A mode that a namespace cannot have.
    public struct InvalidMode: Error, Hashable, Sendable {
        /// docker's word for the namespace: `PID`, `IPC`, `UTS`, `CGROUP`.
        public var kind: String
        public var mode: String

        public init(kind: String, mode: String) {
            self.kind = kind
            self.mode = mode
        }
    }

    public func pidMode() throws(InvalidMode) -> NamespaceMode {
        try Self.mode(pid, "PID") { $0 == .private || $0 == .host || $0.container != nil }
    }

    public func ipcMode() throws(InvalidMode) -> NamespaceMode { try Self.mode(ipc, "IPC") { _ in true } }

    public func utsMode() throws(InvalidMode) -> NamespaceMode {
        try Self.mode(uts, "UTS") { $0 == .private || $0 == .host }
    }

    public func cgroupMode() throws(InvalidMode) -> NamespaceMode {
        try Self.mode(cgroup, "CGROUP") { $0 == .private || $0 == .host }
    }

    private static func mode(
        _ text: String?, _ kind: String, _ isValid: (NamespaceMode) -> Bool
    ) throws(InvalidMode) -> NamespaceMode {
        guard let mode = NamespaceMode(text ?? ""), isValid(mode) else {
            throw InvalidMode(kind: kind, mode: text ?? "")
        }
        return mode
    }
}
