import JSONRPC

/// An *active* snapshot is writable, a *view* is not, a *committed* one is final and may be a parent. All three share
/// one key space.
public struct SnapshotInfo: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable { case active, view, committed }
    /// Key of the snapshot; active, view and committed ones share one key space.
    public var key: String
    /// `active`: writable; `view`: read-only; `committed`: final, may be a parent.
    public var kind: Kind
    /// Key of the committed snapshot that it stands on.
    public var parent: String?
    /// Labels by name.
    public var labels: [String: String]
    /// When it was made.
    public var createdAt: Timestamp
    public init(key: String, kind: Kind, parent: String?, labels: [String: String], createdAt: Timestamp) {
        self.key = key
        self.kind = kind
        self.parent = parent
        self.labels = labels
        self.createdAt = createdAt
    }
}

public struct SnapshotMounts: Codable, Hashable, Sendable {
    /// To be mounted in order at one place, in the container's own mount namespace.
    public var mounts: [Mount]
    public init(mounts: [Mount]) { self.mounts = mounts }
}

/// A writable snapshot on a committed parent, or an empty one. The same key, kind and parent again answer the same
/// mounts; the same key otherwise is a `conflict`.
public struct SnapshotPrepare: Method {
    public static let name = "snapshotter.prepare"
    public static let summary = "Make an active snapshot"
    /// Key of the new snapshot, chosen by the caller.
    public var key: String
    /// Key of the committed snapshot to stand on; absent for an empty one.
    public var parent: String?
    /// Labels by name.
    public var labels: [String: String]?
    public init(key: String, parent: String? = nil, labels: [String: String]? = nil) {
        self.key = key
        self.parent = parent
        self.labels = labels
    }
    public typealias Result = SnapshotMounts
}

/// A read-only snapshot of a committed one.
public struct SnapshotView: Method {
    public static let name = "snapshotter.view"
    public static let summary = "Make a read-only snapshot"
    /// Key of the new snapshot, chosen by the caller.
    public var key: String
    /// Key of the committed snapshot to show; absent for an empty one.
    public var parent: String?
    /// Labels by name.
    public var labels: [String: String]?
    public init(key: String, parent: String? = nil, labels: [String: String]? = nil) {
        self.key = key
        self.parent = parent
        self.labels = labels
    }
    public typealias Result = SnapshotMounts
}

/// Turns the active snapshot `key` into the committed one `snapshot`; the key is consumed. Again with a `snapshot` that
/// exists and a key that does not: success.
public struct SnapshotCommit: Method {
    public static let name = "snapshotter.commit"
    public static let summary = "Turn an active snapshot into a committed one"
    /// Key of the committed snapshot that comes to be.
    public var snapshot: String
    /// Key of the active snapshot, which is consumed.
    public var key: String
    /// With capability `rebase`: the parent that the result gets, for a snapshot that was prepared without one, so that
    /// layers can be applied at the same time.
    public var parent: String?
    /// Labels of the result; those of the active snapshot when absent.
    public var labels: [String: String]?
    public init(snapshot: String, key: String, parent: String? = nil, labels: [String: String]? = nil) {
        self.snapshot = snapshot
        self.key = key
        self.parent = parent
        self.labels = labels
    }
    public typealias Result = Empty
}

public struct SnapshotGetMounts: Method {
    public static let name = "snapshotter.mounts"
    public static let summary = "The mounts of an active snapshot or view"
    /// Key of an active snapshot or view.
    public var key: String
    public init(key: String) { self.key = key }
    public typealias Result = SnapshotMounts
}

public struct SnapshotStat: Method {
    public static let name = "snapshotter.stat"
    public static let summary = "What a snapshot is"
    /// Key of the snapshot; active, view and committed ones share one key space.
    public var key: String
    public init(key: String) { self.key = key }
    public typealias Result = SnapshotInfo
}

public struct SnapshotUsage: Method {
    public static let name = "snapshotter.usage"
    public static let summary = "Disk use of a snapshot without its parents"
    /// Key of the snapshot; active, view and committed ones share one key space.
    public var key: String
    public init(key: String) { self.key = key }
    public struct Result: Codable, Sendable {
        /// Bytes on disk, without the parents.
        public var size: Int64
        /// Files, folders and everything else that has an inode.
        public var inodes: Int64
        public init(size: Int64, inodes: Int64) {
            self.size = size
            self.inodes = inodes
        }
    }
}

/// Replaces a snapshot's labels.
public struct SnapshotUpdate: Method {
    public static let name = "snapshotter.update"
    public static let summary = "Replace a snapshot's labels"
    /// Key of the snapshot; active, view and committed ones share one key space.
    public var key: String
    /// All labels that it has from now on.
    public var labels: [String: String]
    public init(key: String, labels: [String: String]) {
        self.key = key
        self.labels = labels
    }
    public typealias Result = SnapshotInfo
}

/// Removes a snapshot; one that is gone already succeeds, one with children is a `failedPrecondition`.
public struct SnapshotRemove: Method {
    public static let name = "snapshotter.remove"
    public static let summary = "Remove a snapshot without children"
    /// Key of the snapshot; active, view and committed ones share one key space.
    public var key: String
    public init(key: String) { self.key = key }
    public typealias Result = Empty
}

public struct SnapshotList: Method {
    public static let name = "snapshotter.list"
    public static let summary = "List snapshots by key"
    /// Only snapshots of this kind.
    public var kind: SnapshotInfo.Kind?
    /// Only snapshots on this one.
    public var parent: String?
    /// Only snapshots with all of these labels at these values.
    public var labels: [String: String]?
    public init(kind: SnapshotInfo.Kind? = nil, parent: String? = nil, labels: [String: String]? = nil) {
        self.kind = kind
        self.parent = parent
        self.labels = labels
    }
    public typealias Result = [SnapshotInfo]
}

/// Frees what removed and interrupted snapshots left on disk.
public struct SnapshotCleanup: Method {
    public static let name = "snapshotter.cleanup"
    public static let summary = "Free what removed snapshots left on disk"
    public init() {}
    public struct Result: Codable, Sendable {
        /// How many leftovers were removed.
        public var removed: Int
        public init(removed: Int) { self.removed = removed }
    }
}

/// Unpacks a layer into an active snapshot. Descriptor 0 is the blob, open for reading at offset 0.
/// Progress: an integer, bytes of the blob read.
public struct DifferApply: Method {
    public static let name = "differ.apply"
    public static let summary = "Unpack a layer into an active snapshot"
    /// The blob's: `application/vnd.oci.image.layer.v1.tar+gzip`, …
    public var mediaType: String
    /// Key of the active snapshot, for a differ that a snapshotter serves for its own snapshots.
    public var key: String
    /// Where the snapshot's content is, as snapshotter.prepare answered.
    public var mounts: [Mount]
    public init(mediaType: String, key: String, mounts: [Mount]) {
        self.mediaType = mediaType
        self.key = key
        self.mounts = mounts
    }
    public struct Result: Codable, Sendable {
        /// SHA-256 of the uncompressed tar stream: `sha256:…`.
        public var diffID: String
        /// Bytes of that stream.
        public var size: Int64
        public init(diffID: String, size: Int64) {
            self.diffID = diffID
            self.size = size
        }
    }
}

/// Writes what a snapshot has of its own, compared with its parent, as a layer. Only with capability `diff`.
///
/// Descriptor 0 is a regular file, open for reading and writing: the call empties it first, so that a repeated call
/// writes the same again. The snapshot may be in use: what changes meanwhile is in the layer or not.
///
/// Entries come in the order of their names' bytes, a folder before what is in it; the same content makes the same
/// stream. A name of the parent's that is gone is an empty file `.wh.NAME`; a folder of which nothing of the parent's
/// is left has an empty file `.wh..wh..opq` (OCI image-spec, layer.md, "Whiteouts"). Owners, modes, times in seconds,
/// extended attributes but those of an engine and of SELinux, hard links, devices and FIFOs are kept; holes are zeros;
/// sockets are left out. A folder that is as its parent's is only written when something in it is.
/// Progress: an integer, bytes of the tar stream written.
public struct DifferDiff: Method {
    public static let name = "differ.diff"
    public static let summary = "Write a snapshot's own content as a layer"
    /// Key of the snapshot, of any kind.
    public var key: String
    /// `application/vnd.oci.image.layer.v1.tar` or `application/vnd.oci.image.layer.v1.tar+gzip`.
    public var mediaType: String
    /// Absolute paths in the snapshot at which its container has things mounted: empty files and folders there that the
    /// parent does not have are left out.
    public var mountPoints: [String]
    public init(key: String, mediaType: String, mountPoints: [String] = []) {
        self.key = key
        self.mediaType = mediaType
        self.mountPoints = mountPoints
    }
    /// As that of `differ.apply` for the blob written.
    public typealias Result = DifferApply.Result
}

/// Lists what a snapshot has of its own, compared with its parent. Only with capability `diff`.
///
/// Descriptor 0 is as that of `differ.diff`. For each change it gets a letter, the absolute path and a zero byte: `A` for
/// what the parent does not have, `C` for what is not as the parent's, `D` for what the parent has and the snapshot has
/// not (without what was in it). The order is that of the layer.
/// Progress: an integer, bytes written.
public struct DifferChanges: Method {
    public static let name = "differ.changes"
    public static let summary = "List what a snapshot changes of its parent"
    /// Key of the snapshot, of any kind.
    public var key: String
    /// As for `differ.diff`.
    public var mountPoints: [String]
    public init(key: String, mountPoints: [String] = []) {
        self.key = key
        self.mountPoints = mountPoints
    }
    public struct Result: Codable, Sendable {
        /// Changes in the list.
        public var count: Int
        public init(count: Int) { self.count = count }
    }
}
