import OCISpec

/// What the daemon has `berth-files` do with files of containers and archives of clients: read from its descriptor 0. It writes a `FileAnswer`
/// to descriptor 1 and ends.
///
/// Descriptor 3 is the tar stream, 4 the pidfd of a container that runs, or the layer's file.
public struct FileTask: Codable, Sendable {
    /// Where the files are.
    public enum Source: Codable, Hashable, Sendable {
        /// In the mount namespace of the process of descriptor 4, and in its user namespace if it has its own.
        case process(hasUserNamespace: Bool)
        /// What this mounts.
        case mounts(RuntimeSpec)
        /// In the tar stream.
        case stream
    }

    public enum Action: Codable, Hashable, Sendable {
        /// What is at a path.
        case status(path: String, following: Bool)
        /// The tar of what is at a path; `name`: of its first entry, empty to have a folder's entries there without it.
        case pack(path: String, following: Bool, name: String?)
        /// Unpacks a tar into the folder at a path.
        case unpack(path: String, keepingOwners: Bool)
        /// The tar of the root without what is mounted in it.
        case export
        /// Makes the tar stream, also a compressed one, a layer's blob with gzip, in the empty file of descriptor 4.
        case makeLayer
    }

    /// The root to work on.
    public var source: Source
    /// What is done there.
    public var action: Action
    public init(source: Source, action: Action) {
        self.source = source
        self.action = action
    }
}

public struct FileAnswer: Codable, Sendable {
    /// A `BerthError`'s kind and message.
    public struct Failure: Codable, Sendable {
        /// As `BerthError` has it.
        public var kind: ErrorKind
        /// One sentence for people.
        public var message: String
        public init(kind: ErrorKind, message: String) {
            self.kind = kind
            self.message = message
        }
    }

    /// Of what was asked about or packed.
    public var status: PathStatus?
    /// Digest of the layer's tar stream.
    public var diffID: String?
    /// Absent when it succeeded.
    public var failure: Failure?
    public init(status: PathStatus? = nil, diffID: String? = nil, failure: Failure? = nil) {
        self.status = status
        self.diffID = diffID
        self.failure = failure
    }
}
