import JSONRPC

/// What is at a path of a container, running or not: a link itself, unless `following`.
public struct ContainerPathStatus: Method {
    public static let name = "container.pathStatus"
    public static let summary = "What is at a path of a container"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// From the container's root, whether or not it begins with a slash. Links on the way lead where they lead the
    /// container's processes, never out of it.
    public var path: String
    /// Follow a symbolic link at the path's end.
    public var following: Bool?
    public init(id: String, path: String, following: Bool? = nil) {
        self.id = id
        self.path = path
        self.following = following
    }
    public typealias Result = PathStatus
}

/// Writes a file of a container, or a folder with everything in it, as a tar to descriptor 0: a pipe, socket or file. It
/// is answered when the tar is complete, with what is at the path.
public struct ContainerReadArchive: Method {
    public static let name = "container.readArchive"
    public static let summary = "Read a container's files as a tar"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// As for `container.pathStatus`.
    public var path: String
    /// Follow a symbolic link at the path's end.
    public var following: Bool?
    /// The name of the archive's first entry, the path's last component unless said; empty, or for a path that ends in
    /// `/.`, to have a folder's entries there without it.
    public var entry: String?
    public init(id: String, path: String, following: Bool? = nil, entry: String? = nil) {
        self.id = id
        self.path = path
        self.following = following
        self.entry = entry
    }
    public typealias Result = PathStatus
}

/// Unpacks a tar from descriptor 0, a pipe, socket or file, into a folder of a container. What is there is replaced, but
/// for a folder by something else or something else by a folder. When it fails, what was unpacked before stays.
public struct ContainerWriteArchive: Method {
    public static let name = "container.writeArchive"
    public static let summary = "Unpack a tar into a folder of a container"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Of a folder that exists, as for `container.pathStatus`; links at its end are followed.
    public var path: String
    /// Files get the owners that the tar says; otherwise they are root's.
    public var keepingOwners: Bool?
    public init(id: String, path: String, keepingOwners: Bool? = nil) {
        self.id = id
        self.path = path
        self.keepingOwners = keepingOwners
    }
    public typealias Result = Empty
}

/// Writes the container's own file system as a tar to descriptor 0, without what is mounted in it. It is answered when
/// the tar is complete.
public struct ContainerExport: Method {
    public static let name = "container.export"
    public static let summary = "Write a container's file system as a tar"
    /// Name, id or a unique prefix of it.
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

/// What a container has changed of its image's files. The answer carries a file to be read from its beginning: for each
/// change `A` (added), `C` (changed) or `D` (deleted), the absolute path, and a zero byte.
public struct ContainerChanges: Method {
    public static let name = "container.changes"
    public static let summary = "What a container has changed of its image's files"
    /// Name, id or a unique prefix of it.
    public var id: String
    public init(id: String) { self.id = id }
    public struct Result: Codable, Sendable {
        /// Changes in the file.
        public var count: Int
        public init(count: Int) { self.count = count }
    }
}

/// Makes an image of a container: its image's layers, and one of what it has changed. Volumes are not part of it.
public struct ContainerCommit: Method {
    public static let name = "container.commit"
    public static let summary = "Make an image of a container"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// The new image's name; without one it has none.
    public var reference: String?
    /// Of the new image: `Name <address>`; none when absent.
    public var author: String?
    /// Goes into the image's history.
    public var message: String?
    /// The container's processes stand still meanwhile; so unless said.
    public var pause: Bool?
    /// Dockerfile instructions for the new image's configuration: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL,
    /// ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
    public var changes: [String]?
    public init(id: String, reference: String? = nil) {
        self.id = id
        self.reference = reference
    }
    public struct Result: Codable, Sendable {
        /// The image's id.
        public var image: String
        public init(image: String) { self.image = image }
    }
}
