"""The methods of the kind `volume`.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass

from ..call import Call
from ..declaration import Driver, Request, member
from ..timestamp import Timestamp
from .model import Mount


@dataclass
class VolumeDriverInfo:
    """A volume as its driver holds it."""
    # The volume's name.
    volume: str
    # Where its content is on the host; empty where it is nowhere.
    mountpoint: str
    # When it was made.
    created_at: Timestamp


@dataclass
class VolumeDriverCreate(Request):
    """Makes a volume; one that exists is answered as it is."""
    METHOD = "volume.create"
    SUMMARY = "Make a volume"
    RESULT = VolumeDriverInfo
    # The volume's name.
    volume: str
    # `--opt` of volume create; one that is not known is an `invalidArgument`.
    options: dict[str, str] = member(default_factory=dict)
    # Labels by name.
    labels: dict[str, str] = member(default_factory=dict)


@dataclass
class VolumeDriverRemove(Request):
    """Removes a volume and its content; one that is gone already succeeds, a mounted one is a
    `failedPrecondition`.
    """
    METHOD = "volume.remove"
    SUMMARY = "Remove a volume and its content"
    RESULT = None
    # The volume's name.
    volume: str


@dataclass
class VolumeMountResult:
    """What volume.mount answers."""
    # To be made in the container's mount namespace.
    mount: Mount


@dataclass
class VolumeMount(Request):
    """Makes a volume usable for a container; again for the same container answers the same."""
    METHOD = "volume.mount"
    SUMMARY = "Make a volume usable for a container"
    RESULT = VolumeMountResult
    # The volume's name.
    volume: str
    # Id of the container that uses it.
    container: str


@dataclass
class VolumeUnmount(Request):
    """The container no longer uses the volume; counted by container, safe to repeat."""
    METHOD = "volume.unmount"
    SUMMARY = "A container no longer uses a volume"
    RESULT = None
    # The volume's name.
    volume: str
    # Id of the container that no longer uses it.
    container: str


@dataclass
class VolumeDriverInspect(Request):
    """What the driver holds of one volume."""
    METHOD = "volume.inspect"
    SUMMARY = "What the driver holds of one volume"
    RESULT = VolumeDriverInfo
    # The volume's name.
    volume: str


@dataclass
class VolumeDriverList(Request):
    """What the driver holds."""
    METHOD = "volume.list"
    SUMMARY = "What the driver holds"
    RESULT = list[VolumeDriverInfo]


@dataclass
class VolumeUsageResult:
    """What volume.usage answers."""
    # Bytes on disk.
    size: int
    # Files, folders and everything else that has an inode.
    inodes: int


@dataclass
class VolumeUsage(Request):
    """Disk use of a volume."""
    METHOD = "volume.usage"
    SUMMARY = "Disk use of a volume"
    RESULT = VolumeUsageResult
    # The volume's name.
    volume: str


@dataclass
class VolumeReconcileResult:
    """What volume.reconcile answers."""
    # Volumes that the driver holds and the core does not name; they stay.
    unknown: list[str] = member(default_factory=list)


@dataclass
class VolumeReconcile(Request):
    """Which containers have mounted which volumes; the driver forgets other uses. It never removes a volume by
    itself.
    """
    METHOD = "volume.reconcile"
    SUMMARY = "Forget uses by containers that are gone"
    RESULT = VolumeReconcileResult
    # Volume → containers that run, or are being started or stopped.
    uses: dict[str, list[str]] = member(default_factory=dict)


class VolumeDriver(Driver):
    """What a plugin of the kind `volume` does; what a subclass does not define is unimplemented."""
    KIND = "volume"
    METHODS = {
        "create": VolumeDriverCreate,
        "remove": VolumeDriverRemove,
        "mount": VolumeMount,
        "unmount": VolumeUnmount,
        "inspect": VolumeDriverInspect,
        "list": VolumeDriverList,
        "usage": VolumeUsage,
        "reconcile": VolumeReconcile,
    }

    def create(self, request: VolumeDriverCreate, call: Call) -> VolumeDriverInfo:
        """Makes a volume; one that exists is answered as it is."""
        raise call.unimplemented()

    def remove(self, request: VolumeDriverRemove, call: Call) -> None:
        """Removes a volume and its content; one that is gone already succeeds, a mounted one is a
        `failedPrecondition`.
        """
        raise call.unimplemented()

    def mount(self, request: VolumeMount, call: Call) -> VolumeMountResult:
        """Makes a volume usable for a container; again for the same container answers the same."""
        raise call.unimplemented()

    def unmount(self, request: VolumeUnmount, call: Call) -> None:
        """The container no longer uses the volume; counted by container, safe to repeat."""
        raise call.unimplemented()

    def inspect(self, request: VolumeDriverInspect, call: Call) -> VolumeDriverInfo:
        """What the driver holds of one volume."""
        raise call.unimplemented()

    def list(self, request: VolumeDriverList, call: Call) -> list[VolumeDriverInfo]:
        """What the driver holds."""
        raise call.unimplemented()

    def usage(self, request: VolumeUsage, call: Call) -> VolumeUsageResult:
        """Disk use of a volume."""
        raise call.unimplemented()

    def reconcile(self, request: VolumeReconcile, call: Call) -> VolumeReconcileResult:
        """Which containers have mounted which volumes; the driver forgets other uses. It never removes a volume
        by itself.
        """
        raise call.unimplemented()
