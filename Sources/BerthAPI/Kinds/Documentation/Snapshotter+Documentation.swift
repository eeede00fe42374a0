import JSON
import JSONRPC

// What each member of the kind's messages means, for `rpc.discover` and Docs/protocol.

extension SnapshotInfo: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot; active, view and committed ones share one key space",
        "kind": "active: writable; view: read-only; committed: final, may be a parent",
        "parent": "key of the committed snapshot that it stands on",
        "labels": "labels by name",
        "createdAt": "when it was made",
    ]
}

extension SnapshotMounts: SchemaDocumented {
    public static let fieldDocs = [
        "mounts": "to be mounted in order at one place, in the container's own mount namespace"
    ]
}

extension SnapshotPrepare: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the new snapshot, chosen by the caller",
        "parent": "key of the committed snapshot to stand on; absent for an empty one",
        "labels": "labels by name",
    ]
}

extension SnapshotView: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the new snapshot, chosen by the caller",
        "parent": "key of the committed snapshot to show; absent for an empty one",
        "labels": "labels by name",
    ]
}

extension SnapshotCommit: SchemaDocumented {
    public static let fieldDocs = [
        "snapshot": "key of the committed snapshot that comes to be",
        "key": "key of the active snapshot, which is consumed",
        "parent": "with capability rebase: the parent that the result gets, for a snapshot that was prepared "
            + "without one",
        "labels": "labels of the result; those of the active snapshot when absent",
    ]
}

extension SnapshotGetMounts: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of an active snapshot or view"
    ]
}

extension SnapshotStat: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot; active, view and committed ones share one key space"
    ]
}

extension SnapshotUsage: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot; active, view and committed ones share one key space"
    ]
}

extension SnapshotUsage.Result: SchemaDocumented {
    public static let fieldDocs = [
        "size": "bytes on disk, without the parents",
        "inodes": "files, folders and everything else that has an inode",
    ]
}

extension SnapshotUpdate: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot; active, view and committed ones share one key space",
        "labels": "all labels that it has from now on",
    ]
}

extension SnapshotRemove: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot; active, view and committed ones share one key space"
    ]
}

extension SnapshotList: SchemaDocumented {
    public static let fieldDocs = [
        "kind": "only snapshots of this kind",
        "parent": "only snapshots on this one",
        "labels": "only snapshots with all of these labels at these values",
    ]
}

extension SnapshotCleanup.Result: SchemaDocumented {
    public static let fieldDocs = [
        "removed": "how many leftovers were removed"
    ]
}

extension DifferApply: SchemaDocumented {
    public static let fieldDocs = [
        "mediaType": "the blob's: application/vnd.oci.image.layer.v1.tar+gzip, …",
        "key": "key of the active snapshot, for a differ that a snapshotter serves for its own snapshots",
        "mounts": "where the snapshot's content is, as snapshotter.prepare answered",
    ]
}

extension DifferApply.Result: SchemaDocumented {
    public static let fieldDocs = [
        "diffID": "SHA-256 of the uncompressed tar stream: sha256:…",
        "size": "bytes of that stream",
    ]
}

extension DifferDiff: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot, of any kind",
        "mediaType": "application/vnd.oci.image.layer.v1.tar, or the same with +gzip",
        "mountPoints": "absolute paths at which the container has things mounted: empty files and folders there that "
            + "the parent does not have are left out",
    ]
}

extension DifferChanges: SchemaDocumented {
    public static let fieldDocs = [
        "key": "key of the snapshot, of any kind",
        "mountPoints": "as for differ.diff",
    ]
}

extension DifferChanges.Result: SchemaDocumented {
    public static let fieldDocs = [
        "count": "changes in the list"
    ]
}

extension Mount: SchemaDocumented {
    public static let fieldDocs = [
        "type": "a filesystem type (overlay, tmpfs), or bind",
        "source": "what is mounted; an absolute host path for bind",
        "options": "mount options as in fstab(5); copyup: fill an empty volume with what the image has there",
    ]
}
