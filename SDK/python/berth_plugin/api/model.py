"""Types that several kinds share.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass

from ..declaration import member


@dataclass
class PeerIdentity:
    """."""
    name: str
    version: str


@dataclass
class ProtocolRange:
    """The versions that a peer speaks, inclusive."""
    minimum: int
    maximum: int


@dataclass
class Mount:
    """A mount as a driver returns it: never made in the host's namespace, only inside a container's. The fields
    are those of an OCI runtime-spec mount without its destination.
    """
    # A filesystem type (`overlay`, `tmpfs`) or `bind`.
    type: str
    source: str
    # Mount options as in fstab(5); `lowerdir=a:b` for overlay; `copyup` makes the runtime copy what the image has at
    # the destination into an empty volume first.
    options: list[str] = member(default_factory=list)


@dataclass
class PortRequest:
    """A port to publish."""
    container_port: int
    # `tcp`, `udp` or `sctp`.
    proto: str
    # The address to listen on; all unless said.
    host_address: str | None = None
    # 0 or absent: an ephemeral one.
    host_port: int | None = None
    # The last of a range of host ports to choose from, when more than one will do.
    host_port_end: int | None = None


@dataclass
class PortBinding:
    """A port that is published."""
    host_address: str
    host_port: int
    container_port: int
    proto: str


@dataclass
class RegistryCredentials:
    """User name and secret for a registry, as `berth login` keeps them; never logged."""
    username: str
    password: str


@dataclass
class Platform:
    """A platform of an image index (image-index.md)."""
    architecture: str
    os: str
    variant: str | None = None
    os_version: str | None = member("os.version", default=None)


@dataclass
class OCIDescriptor:
    """A content descriptor (OCI image-spec, descriptor.md)."""
    media_type: str
    # `sha256:` and 64 hexadecimal digits.
    digest: str
    # Bytes.
    size: int
    urls: list[str] | None = None
    annotations: dict[str, str] | None = None
    platform: Platform | None = None
    artifact_type: str | None = None
