import JSON
import JSONRPC

// What each member of the kind's messages means, for `rpc.discover` and Docs/protocol.

extension NetworkDriverCreate: SchemaDocumented {
    public static let fieldDocs = [
        "id": "the core's id of the network: 64 hexadecimal digits",
        "networkName": "for people; the driver may use it in interface names, cut and cleaned",
        "subnet": "10.1.0.0/16; the driver chooses when absent",
        "gateway": "an address of the subnet; the driver chooses when absent",
        "ipRange": "the part of the subnet that endpoints get addresses from; all of it when absent",
        "isInternal": "no way out of the network",
        "options": "--opt of network create; one that is not known is an invalidArgument",
        "labels": "labels by name",
    ]
}

extension NetworkDriverCreate.Result: SchemaDocumented {
    public static let fieldDocs = [
        "subnet": "the subnet that it has; absent where the driver gives no addresses",
        "gateway": "the gateway that it has",
        "options": "what the driver chose: its bridge's name, its MTU in bytes",
    ]
}

extension NetworkDriverDelete: SchemaDocumented {
    public static let fieldDocs = [
        "id": "the core's id of the network: 64 hexadecimal digits"
    ]
}

extension NetworkEndpoint: SchemaDocumented {
    public static let fieldDocs = [
        "endpoint": "key of the endpoint, chosen by the core",
        "network": "the core's id of the network: 64 hexadecimal digits",
        "interface": "the interface's name in the sandbox: eth0",
        "address": "the address wanted, without prefix length; the driver chooses when absent",
        "macAddress": "the hardware address wanted: 02:42:ac:11:00:02; the driver chooses when absent",
        "hostname": "the container's, for drivers that serve names",
        "ports": "ports to publish",
    ]
}

extension NetworkAttach: SchemaDocumented {
    public static let fieldDocs = [
        "endpoint": "what to connect",
        "sandbox": "a path of the same namespace as descriptor 0, for drivers that cannot receive descriptors: "
            + "/proc/<pid>/ns/net",
    ]
}

extension NetworkAttach.Result: SchemaDocumented {
    public static let fieldDocs = [
        "address": "with prefix length: 172.17.0.2/16; absent where the driver gives none",
        "gateway": "where the default route leads",
        "macAddress": "the interface's hardware address",
        "ports": "ports as they were published",
        "dns": "what goes into the container's resolv.conf",
    ]
}

extension DNSSettings: SchemaDocumented {
    public static let fieldDocs = [
        "servers": "addresses of name servers; with none, the host's settings are copied",
        "search": "domains to search",
        "options": "options as in resolv.conf(5)",
    ]
}

extension NetworkDetach: SchemaDocumented {
    public static let fieldDocs = [
        "endpoint": "key of the endpoint, chosen by the core"
    ]
}

extension NetworkPublish: SchemaDocumented {
    public static let fieldDocs = [
        "endpoint": "key of the endpoint, chosen by the core",
        "ports": "ports to publish",
    ]
}

extension NetworkPublish.Result: SchemaDocumented {
    public static let fieldDocs = [
        "ports": "the new ports as they were published"
    ]
}

extension NetworkUnpublish: SchemaDocumented {
    public static let fieldDocs = [
        "endpoint": "key of the endpoint, chosen by the core",
        "ports": "ports as they were published",
    ]
}

extension NetworkDriverState: SchemaDocumented {
    public static let fieldDocs = [
        "id": "the core's id of the network: 64 hexadecimal digits",
        "subnet": "the subnet that it has",
        "gateway": "the gateway that it has",
        "options": "what the driver chose",
        "endpoints": "keys of the endpoints attached to it",
    ]
}

extension NetworkDriverInspect: SchemaDocumented {
    public static let fieldDocs = [
        "id": "the core's id of the network: 64 hexadecimal digits"
    ]
}

extension NetworkReconcile: SchemaDocumented {
    public static let fieldDocs = [
        "networks": "networks that should exist",
        "endpoints": "keys of the endpoints that should exist",
    ]
}

extension NetworkReconcile.Result: SchemaDocumented {
    public static let fieldDocs = [
        "removedNetworks": "ids of networks that were removed",
        "removedEndpoints": "keys of endpoints that were removed",
        "missingEndpoints": "keys of endpoints that should exist and are not known to the driver",
    ]
}

extension PortRequest: SchemaDocumented {
    public static let fieldDocs = [
        "hostAddress": "the address to listen on; all when absent",
        "hostPort": "0 or absent: an ephemeral one",
        "hostPortEnd": "the last of a range of host ports to choose from",
        "containerPort": "the port in the container",
        "proto": "tcp, udp or sctp",
    ]
}

extension PortBinding: SchemaDocumented {
    public static let fieldDocs = [
        "hostAddress": "the address listened on",
        "hostPort": "the port listened on",
        "containerPort": "the port in the container",
        "proto": "tcp, udp or sctp",
    ]
}
