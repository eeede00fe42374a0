"""Types that several kinds share.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass

from ..declaration import member


@dataclass
class PeerIdentity:
    """."""
    # The program's name.
    name: str
    # Its version: 1.2.3.
    version: str


@dataclass
class ProtocolRange:
    """The versions that a peer speaks, inclusive."""
    # The lowest version that it speaks.
    minimum: int
    # The highest version that it speaks.
    maximum: int


@dataclass
class Mount:
    """A mount as a driver returns it: never made in the host's namespace, only inside a container's. The fields
    are those of an OCI runtime-spec mount without its destination.
    """
    # A filesystem type (`overlay`, `tmpfs`) or `bind`.
    type: str
    # What is mounted; an absolute host path for bind.
    source: str
    # Mount options as in fstab(5); `lowerdir=a:b` for overlay; `copyup` makes the runtime copy what the image has at
    # the destination into an empty volume first.
    options: list[str] = member(default_factory=list)


@dataclass
class PortRequest:
    """A port to publish."""
    # The port in the container.
    container_port: int
    # `tcp`, `udp` or `sctp`.
    proto: str
    # The address to listen on; all when absent.
    host_address: str | None = None
    # 0 or absent: an ephemeral one.
    host_port: int | None = None
    # The last of a range of host ports to choose from, when more than one will do.
    host_port_end: int | None = None


@dataclass
class PortBinding:
    """A port that is published."""
    # The address listened on.
    host_address: str
    # The port listened on.
    host_port: int
    # The port in the container.
    container_port: int
    # Tcp, udp or sctp.
    proto: str


@dataclass
class RegistryCredentials:
    """User name and secret for a registry, as `berth login` keeps them; never logged."""
    # The user's name.
    username: str
    # A password or token; traces show it redacted.
    password: str


@dataclass
class Platform:
    """A platform of an image index (image-index.md)."""
    # amd64, arm64, ….
    architecture: str
    # linux.
    os: str
    # v7, v8, ….
    variant: str | None = None
    # Version of the operating system.
    os_version: str | None = member("os.version", default=None)


@dataclass
class OCIDescriptor:
    """A content descriptor (OCI image-spec, descriptor.md)."""
    # The content's media type.
    media_type: str
    # `sha256:` and 64 hexadecimal digits.
    digest: str
    # Bytes.
    size: int
    # Where else it is; not used.
    urls: list[str] | None = None
    # Annotations by name.
    annotations: dict[str, str] | None = None
    # For whom it is, in an index.
    platform: Platform | None = None
    # Of an artifact that is not an image.
    artifact_type: str | None = None
