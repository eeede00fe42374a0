"""The methods of the kind `snapshotter`.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass
from typing import Literal

from ..call import Call
from ..declaration import Driver, Request, member
from ..timestamp import Timestamp
from .model import Mount


SnapshotInfoKind = Literal["active", "view", "committed"]


@dataclass
class SnapshotInfo:
    """An *active* snapshot is writable, a *view* is not, a *committed* one is final and may be a parent. All
    three share one key space.
    """
    # Key of the snapshot; active, view and committed ones share one key space.
    key: str
    # `active`: writable; `view`: read-only; `committed`: final, may be a parent.
    kind: SnapshotInfoKind
    # When it was made.
    created_at: Timestamp
    # Key of the committed snapshot that it stands on.
    parent: str | None = None
    # Labels by name.
    labels: dict[str, str] = member(default_factory=dict)


@dataclass
class SnapshotMounts:
    """."""
    # To be mounted in order at one place, in the container's own mount namespace.
    mounts: list[Mount] = member(default_factory=list)


@dataclass
class SnapshotPrepare(Request):
    """A writable snapshot on a committed parent, or an empty one. The same key, kind and parent again answer the
    same mounts; the same key otherwise is a `conflict`.
    """
    METHOD = "snapshotter.prepare"
    SUMMARY = "Make an active snapshot"
    RESULT = SnapshotMounts
    # Key of the new snapshot, chosen by the caller.
    key: str
    # Key of the committed snapshot to stand on; absent for an empty one.
    parent: str | None = None
    # Labels by name.
    labels: dict[str, str] | None = None


@dataclass
class SnapshotView(Request):
    """A read-only snapshot of a committed one."""
    METHOD = "snapshotter.view"
    SUMMARY = "Make a read-only snapshot"
    RESULT = SnapshotMounts
    # Key of the new snapshot, chosen by the caller.
    key: str
    # Key of the committed snapshot to show; absent for an empty one.
    parent: str | None = None
    # Labels by name.
    labels: dict[str, str] | None = None


@dataclass
class SnapshotCommit(Request):
    """Turns the active snapshot `key` into the committed one `snapshot`; the key is consumed. Again with a
    `snapshot` that exists and a key that does not: success.
    """
    METHOD = "snapshotter.commit"
    SUMMARY = "Turn an active snapshot into a committed one"
    RESULT = None
    # Key of the committed snapshot that comes to be.
    snapshot: str
    # Key of the active snapshot, which is consumed.
    key: str
    # With capability `rebase`: the parent that the result gets, for a snapshot that was prepared without one, so that
    # layers can be applied at the same time.
    parent: str | None = None
    # Labels of the result; those of the active snapshot when absent.
    labels: dict[str, str] | None = None


@dataclass
class SnapshotGetMounts(Request):
    """The mounts of an active snapshot or view."""
    METHOD = "snapshotter.mounts"
    SUMMARY = "The mounts of an active snapshot or view"
    RESULT = SnapshotMounts
    # Key of an active snapshot or view.
    key: str


@dataclass
class SnapshotStat(Request):
    """What a snapshot is."""
    METHOD = "snapshotter.stat"
    SUMMARY = "What a snapshot is"
    RESULT = SnapshotInfo
    # Key of the snapshot; active, view and committed ones share one key space.
    key: str


@dataclass
class SnapshotUsageResult:
    """What snapshotter.usage answers."""
    # Bytes on disk, without the parents.
    size: int
    # Files, folders and everything else that has an inode.
    inodes: int


@dataclass
class SnapshotUsage(Request):
    """Disk use of a snapshot without its parents."""
    METHOD = "snapshotter.usage"
    SUMMARY = "Disk use of a snapshot without its parents"
    RESULT = SnapshotUsageResult
    # Key of the snapshot; active, view and committed ones share one key space.
    key: str


@dataclass
class SnapshotUpdate(Request):
    """Replaces a snapshot's labels."""
    METHOD = "snapshotter.update"
    SUMMARY = "Replace a snapshot's labels"
    RESULT = SnapshotInfo
    # Key of the snapshot; active, view and committed ones share one key space.
    key: str
    # All labels that it has from now on.
    labels: dict[str, str] = member(default_factory=dict)


@dataclass
class SnapshotRemove(Request):
    """Removes a snapshot; one that is gone already succeeds, one with children is a `failedPrecondition`."""
    METHOD = "snapshotter.remove"
    SUMMARY = "Remove a snapshot without children"
    RESULT = None
    # Key of the snapshot; active, view and committed ones share one key space.
    key: str


@dataclass
class SnapshotList(Request):
    """List snapshots by key."""
    METHOD = "snapshotter.list"
    SUMMARY = "List snapshots by key"
    RESULT = list[SnapshotInfo]
    # Only snapshots of this kind.
    kind: SnapshotInfoKind | None = None
    # Only snapshots on this one.
    parent: str | None = None
    # Only snapshots with all of these labels at these values.
    labels: dict[str, str] | None = None


@dataclass
class SnapshotCleanupResult:
    """What snapshotter.cleanup answers."""
    # How many leftovers were removed.
    removed: int


@dataclass
class SnapshotCleanup(Request):
    """Frees what removed and interrupted snapshots left on disk."""
    METHOD = "snapshotter.cleanup"
    SUMMARY = "Free what removed snapshots left on disk"
    RESULT = SnapshotCleanupResult


@dataclass
class DifferApplyResult:
    """What differ.apply answers."""
    # SHA-256 of the uncompressed tar stream: `sha256:…`.
    diff_id: str = member("diffID")
    # Bytes of that stream.
    size: int


@dataclass
class DifferApply(Request):
    """Unpacks a layer into an active snapshot. Descriptor 0 is the blob, open for reading at offset 0. Progress:
    an integer, bytes of the blob read.
    """
    METHOD = "differ.apply"
    SUMMARY = "Unpack a layer into an active snapshot"
    RESULT = DifferApplyResult
    # The blob's: `application/vnd.oci.image.layer.v1.tar+gzip`, …
    media_type: str
    # Key of the active snapshot, for a differ that a snapshotter serves for its own snapshots.
    key: str
    # Where the snapshot's content is, as snapshotter.prepare answered.
    mounts: list[Mount] = member(default_factory=list)


@dataclass
class DifferDiff(Request):
    """Writes what a snapshot has of its own, compared with its parent, as a layer. Only with capability `diff`.
    Descriptor 0 is a regular file, open for reading and writing: the call empties it first, so that a
    repeated call writes the same again. The snapshot may be in use: what changes meanwhile is in the layer or
    not.  Entries come in the order of their names' bytes, a folder before what is in it; the same content
    makes the same stream. A name of the parent's that is gone is an empty file `.wh.NAME`; a folder of which
    nothing of the parent's is left has an empty file `.wh..wh..opq` (OCI image-spec, layer.md, "Whiteouts").
    Owners, modes, times in seconds, extended attributes but those of an engine and of SELinux, hard links,
    devices and FIFOs are kept; holes are zeros; sockets are left out. A folder that is as its parent's is
    only written when something in it is. Progress: an integer, bytes of the tar stream written.
    """
    METHOD = "differ.diff"
    SUMMARY = "Write a snapshot's own content as a layer"
    RESULT = DifferApplyResult
    # Key of the snapshot, of any kind.
    key: str
    # `application/vnd.oci.image.layer.v1.tar` or `application/vnd.oci.image.layer.v1.tar+gzip`.
    media_type: str
    # Absolute paths in the snapshot at which its container has things mounted: empty files and folders there that the
    # parent does not have are left out.
    mount_points: list[str] = member(default_factory=list)


@dataclass
class DifferChangesResult:
    """What differ.changes answers."""
    # Changes in the list.
    count: int


@dataclass
class DifferChanges(Request):
    """Lists what a snapshot has of its own, compared with its parent. Only with capability `diff`.  Descriptor 0
    is as that of `differ.diff`. For each change it gets a letter, the absolute path and a zero byte: `A` for
    what the parent does not have, `C` for what is not as the parent's, `D` for what the parent has and the
    snapshot has not (without what was in it). The order is that of the layer. Progress: an integer, bytes
    written.
    """
    METHOD = "differ.changes"
    SUMMARY = "List what a snapshot changes of its parent"
    RESULT = DifferChangesResult
    # Key of the snapshot, of any kind.
    key: str
    # As for `differ.diff`.
    mount_points: list[str] = member(default_factory=list)


class SnapshotterDriver(Driver):
    """What a plugin of the kind `snapshotter` does; what a subclass does not define is unimplemented."""
    KIND = "snapshotter"
    METHODS = {
        "prepare": SnapshotPrepare,
        "view": SnapshotView,
        "commit": SnapshotCommit,
        "mounts": SnapshotGetMounts,
        "stat": SnapshotStat,
        "usage": SnapshotUsage,
        "update": SnapshotUpdate,
        "remove": SnapshotRemove,
        "list": SnapshotList,
        "cleanup": SnapshotCleanup,
    }

    def prepare(self, request: SnapshotPrepare, call: Call) -> SnapshotMounts:
        """A writable snapshot on a committed parent, or an empty one. The same key, kind and parent again answer
        the same mounts; the same key otherwise is a `conflict`.
        """
        raise call.unimplemented()

    def view(self, request: SnapshotView, call: Call) -> SnapshotMounts:
        """A read-only snapshot of a committed one."""
        raise call.unimplemented()

    def commit(self, request: SnapshotCommit, call: Call) -> None:
        """Turns the active snapshot `key` into the committed one `snapshot`; the key is consumed. Again with a
        `snapshot` that exists and a key that does not: success.
        """
        raise call.unimplemented()

    def mounts(self, request: SnapshotGetMounts, call: Call) -> SnapshotMounts:
        """The mounts of an active snapshot or view."""
        raise call.unimplemented()

    def stat(self, request: SnapshotStat, call: Call) -> SnapshotInfo:
        """What a snapshot is."""
        raise call.unimplemented()

    def usage(self, request: SnapshotUsage, call: Call) -> SnapshotUsageResult:
        """Disk use of a snapshot without its parents."""
        raise call.unimplemented()

    def update(self, request: SnapshotUpdate, call: Call) -> SnapshotInfo:
        """Replaces a snapshot's labels."""
        raise call.unimplemented()

    def remove(self, request: SnapshotRemove, call: Call) -> None:
        """Removes a snapshot; one that is gone already succeeds, one with children is a `failedPrecondition`."""
        raise call.unimplemented()

    def list(self, request: SnapshotList, call: Call) -> list[SnapshotInfo]:
        """List snapshots by key."""
        raise call.unimplemented()

    def cleanup(self, request: SnapshotCleanup, call: Call) -> SnapshotCleanupResult:
        """Frees what removed and interrupted snapshots left on disk."""
        raise call.unimplemented()


class DifferDriver(Driver):
    """What a plugin of the kind `differ` does; what a subclass does not define is unimplemented."""
    KIND = "differ"
    METHODS = {
        "apply": DifferApply,
        "diff": DifferDiff,
        "changes": DifferChanges,
    }

    def apply(self, request: DifferApply, call: Call) -> DifferApplyResult:
        """Unpacks a layer into an active snapshot. Descriptor 0 is the blob, open for reading at offset 0.
        Progress: an integer, bytes of the blob read.
        """
        raise call.unimplemented()

    def diff(self, request: DifferDiff, call: Call) -> DifferApplyResult:
        """Writes what a snapshot has of its own, compared with its parent, as a layer. Only with capability
        `diff`.  Descriptor 0 is a regular file, open for reading and writing: the call empties it first, so
        that a repeated call writes the same again. The snapshot may be in use: what changes meanwhile is in
        the layer or not.  Entries come in the order of their names' bytes, a folder before what is in it; the
        same content makes the same stream. A name of the parent's that is gone is an empty file `.wh.NAME`; a
        folder of which nothing of the parent's is left has an empty file `.wh..wh..opq` (OCI image-spec,
        layer.md, "Whiteouts"). Owners, modes, times in seconds, extended attributes but those of an engine
        and of SELinux, hard links, devices and FIFOs are kept; holes are zeros; sockets are left out. A
        folder that is as its parent's is only written when something in it is. Progress: an integer, bytes of
        the tar stream written.
        """
        raise call.unimplemented()

    def changes(self, request: DifferChanges, call: Call) -> DifferChangesResult:
        """Lists what a snapshot has of its own, compared with its parent. Only with capability `diff`.
        Descriptor 0 is as that of `differ.diff`. For each change it gets a letter, the absolute path and a
        zero byte: `A` for what the parent does not have, `C` for what is not as the parent's, `D` for what
        the parent has and the snapshot has not (without what was in it). The order is that of the layer.
        Progress: an integer, bytes written.
        """
        raise call.unimplemented()
