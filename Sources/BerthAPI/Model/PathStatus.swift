/// What is at a path of a container.
public struct PathStatus: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable {
        case file, folder, link, characterDevice, blockDevice, fifo, socket
    }
    /// The path's last component; `/` for the root.
    public var name: String
    /// What it is.
    public var kind: Kind
    /// Permission bits, with set-user-ID, set-group-ID and sticky.
    public var mode: Int
    /// Bytes.
    public var size: Int64
    /// When its content was changed last.
    public var modifiedAt: Timestamp
    /// Where a symbolic link leads.
    public var target: String?
    public init(name: String, kind: Kind, mode: Int, size: Int64, modifiedAt: Timestamp, target: String? = nil) {
        self.name = name
        self.kind = kind
        self.mode = mode
        self.size = size
        self.modifiedAt = modifiedAt
        self.target = target
    }
}
