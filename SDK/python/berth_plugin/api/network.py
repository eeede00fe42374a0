"""The methods of the kind `network`.

Written by SDK/python/generate from Sources/BerthAPI: do not edit.
"""

from dataclasses import dataclass

from ..call import Call
from ..declaration import Driver, Request, member
from .model import PortBinding, PortRequest


@dataclass
class NetworkDriverCreateResult:
    """What network.createNetwork answers."""
    # The subnet that it has; absent where the driver gives no addresses.
    subnet: str | None = None
    # The gateway that it has.
    gateway: str | None = None
    # What the driver chose: its bridge's name, its MTU in bytes.
    options: dict[str, str] = member(default_factory=dict)


@dataclass
class NetworkDriverCreate(Request):
    """Makes a network for the given id; again with the same id and settings it answers the same."""
    METHOD = "network.createNetwork"
    SUMMARY = "Make a network"
    RESULT = NetworkDriverCreateResult
    # The core's id of the network: 64 hexadecimal digits.
    id: str
    # For people; the driver may use it in interface names, cut and cleaned.
    network_name: str
    # No way out of the network.
    is_internal: bool
    # `10.1.0.0/16`; the driver chooses when absent.
    subnet: str | None = None
    # An address of the subnet; the driver chooses when absent.
    gateway: str | None = None
    # The part of the subnet that endpoints get addresses from; all of it when absent.
    ip_range: str | None = None
    # `--opt` of network create; one that is not known is an `invalidArgument`.
    options: dict[str, str] = member(default_factory=dict)
    # Labels by name.
    labels: dict[str, str] = member(default_factory=dict)


@dataclass
class NetworkDriverDelete(Request):
    """Removes a network; one that is gone already succeeds, one with endpoints is a `failedPrecondition`."""
    METHOD = "network.deleteNetwork"
    SUMMARY = "Remove a network"
    RESULT = None
    # The core's id of the network: 64 hexadecimal digits.
    id: str


@dataclass
class NetworkEndpoint:
    """An endpoint: a container's place on a network."""
    # Key of the endpoint, chosen by the core.
    endpoint: str
    # The core's id of the network: 64 hexadecimal digits.
    network: str
    # The interface's name in the sandbox: `eth0`.
    interface: str
    # The address wanted, without prefix length; the driver chooses when absent.
    address: str | None = None
    # The hardware address wanted: `02:42:ac:11:00:02`; the driver chooses when absent.
    mac_address: str | None = None
    # The container's host name, for drivers that serve names.
    hostname: str | None = None
    # Ports to publish.
    ports: list[PortRequest] = member(default_factory=list)


@dataclass
class DNSSettings:
    """What goes into the container's resolv.conf; empty means a copy of the host's."""
    # Addresses of name servers; with none, the host's settings are copied.
    servers: list[str] = member(default_factory=list)
    # Domains to search.
    search: list[str] = member(default_factory=list)
    # Options as in resolv.conf(5).
    options: list[str] = member(default_factory=list)


@dataclass
class NetworkAttachResult:
    """What network.attach answers."""
    # With prefix length: `172.17.0.2/16`. Absent where the driver gives none.
    address: str | None = None
    # Where the default route leads.
    gateway: str | None = None
    # The interface's hardware address.
    mac_address: str | None = None
    # Ports as they were published.
    ports: list[PortBinding] = member(default_factory=list)
    # What goes into the container's resolv.conf.
    dns: DNSSettings = member(default_factory=DNSSettings)


@dataclass
class NetworkAttach(Request):
    """Connects a sandbox. Descriptor 0 is its network namespace. Again with the same endpoint answers the same.
    A port or address that another endpoint has is a `conflict` with `endpoint KEY` as its object: the core
    says whose. A driver with capability `hostNamespace` gets no descriptor: the container shares the host's
    namespace.
    """
    METHOD = "network.attach"
    SUMMARY = "Connect a sandbox to a network"
    RESULT = NetworkAttachResult
    # What to connect.
    endpoint: NetworkEndpoint
    # A path of the same namespace as descriptor 0, for drivers that cannot receive descriptors: `/proc/<pid>/ns/net`.
    sandbox: str | None = None


@dataclass
class NetworkDetach(Request):
    """Releases an endpoint's addresses, ports and links; one that is gone already succeeds."""
    METHOD = "network.detach"
    SUMMARY = "Disconnect an endpoint"
    RESULT = None
    # Key of the endpoint, chosen by the core.
    endpoint: str
    # The sandbox has ended or is about to, and takes its links with it: the driver need not wait until they are gone,
    # and sees to those that stay. No when absent.
    sandbox_is_ending: bool | None = None


@dataclass
class NetworkPublishResult:
    """What network.publish answers."""
    # The new ports as they were published.
    ports: list[PortBinding] = member(default_factory=list)


@dataclass
class NetworkPublish(Request):
    """Publishes further ports of an attached endpoint."""
    METHOD = "network.publish"
    SUMMARY = "Publish ports of an endpoint"
    RESULT = NetworkPublishResult
    # Key of the endpoint, chosen by the core.
    endpoint: str
    # Ports to publish.
    ports: list[PortRequest] = member(default_factory=list)


@dataclass
class NetworkUnpublish(Request):
    """Take published ports back."""
    METHOD = "network.unpublish"
    SUMMARY = "Take published ports back"
    RESULT = None
    # Key of the endpoint, chosen by the core.
    endpoint: str
    # Ports as they were published.
    ports: list[PortBinding] = member(default_factory=list)


@dataclass
class NetworkDriverState:
    """A network as its driver holds it."""
    # The core's id of the network: 64 hexadecimal digits.
    id: str
    # The subnet that it has.
    subnet: str | None = None
    # The gateway that it has.
    gateway: str | None = None
    # What the driver chose.
    options: dict[str, str] = member(default_factory=dict)
    # Keys of the endpoints attached to it.
    endpoints: list[str] = member(default_factory=list)


@dataclass
class NetworkDriverInspect(Request):
    """What the driver holds of one network."""
    METHOD = "network.inspect"
    SUMMARY = "What the driver holds of one network"
    RESULT = NetworkDriverState
    # The core's id of the network: 64 hexadecimal digits.
    id: str


@dataclass
class NetworkDriverList(Request):
    """What the driver holds."""
    METHOD = "network.list"
    SUMMARY = "What the driver holds"
    RESULT = list[NetworkDriverState]


@dataclass
class NetworkReconcileResult:
    """What network.reconcile answers."""
    # Ids of networks that were removed.
    removed_networks: list[str] = member(default_factory=list)
    # Keys of endpoints that were removed.
    removed_endpoints: list[str] = member(default_factory=list)
    # Keys of endpoints that should exist and are not known to the driver.
    missing_endpoints: list[str] = member(default_factory=list)


@dataclass
class NetworkReconcile(Request):
    """What should exist: the driver removes the rest and re-makes links, addresses and rules that are missing."""
    METHOD = "network.reconcile"
    SUMMARY = "Remove what should not exist, re-assert what should"
    RESULT = NetworkReconcileResult
    # Networks that should exist.
    networks: list[NetworkDriverCreate] = member(default_factory=list)
    # Keys of the endpoints that should exist.
    endpoints: list[str] = member(default_factory=list)


class NetworkDriver(Driver):
    """What a plugin of the kind `network` does; what a subclass does not define is unimplemented."""
    KIND = "network"
    METHODS = {
        "create_network": NetworkDriverCreate,
        "delete_network": NetworkDriverDelete,
        "attach": NetworkAttach,
        "detach": NetworkDetach,
        "publish": NetworkPublish,
        "unpublish": NetworkUnpublish,
        "inspect": NetworkDriverInspect,
        "list": NetworkDriverList,
        "reconcile": NetworkReconcile,
    }

    def create_network(self, request: NetworkDriverCreate, call: Call) -> NetworkDriverCreateResult:
        """Makes a network for the given id; again with the same id and settings it answers the same."""
        raise call.unimplemented()

    def delete_network(self, request: NetworkDriverDelete, call: Call) -> None:
        """Removes a network; one that is gone already succeeds, one with endpoints is a `failedPrecondition`."""
        raise call.unimplemented()

    def attach(self, request: NetworkAttach, call: Call) -> NetworkAttachResult:
        """Connects a sandbox. Descriptor 0 is its network namespace. Again with the same endpoint answers the
        same. A port or address that another endpoint has is a `conflict` with `endpoint KEY` as its object:
        the core says whose. A driver with capability `hostNamespace` gets no descriptor: the container shares
        the host's namespace.
        """
        raise call.unimplemented()

    def detach(self, request: NetworkDetach, call: Call) -> None:
        """Releases an endpoint's addresses, ports and links; one that is gone already succeeds."""
        raise call.unimplemented()

    def publish(self, request: NetworkPublish, call: Call) -> NetworkPublishResult:
        """Publishes further ports of an attached endpoint."""
        raise call.unimplemented()

    def unpublish(self, request: NetworkUnpublish, call: Call) -> None:
        """Take published ports back."""
        raise call.unimplemented()

    def inspect(self, request: NetworkDriverInspect, call: Call) -> NetworkDriverState:
        """What the driver holds of one network."""
        raise call.unimplemented()

    def list(self, request: NetworkDriverList, call: Call) -> list[NetworkDriverState]:
        """What the driver holds."""
        raise call.unimplemented()

    def reconcile(self, request: NetworkReconcile, call: Call) -> NetworkReconcileResult:
        """What should exist: the driver removes the rest and re-makes links, addresses and rules that are
        missing.
        """
        raise call.unimplemented()
