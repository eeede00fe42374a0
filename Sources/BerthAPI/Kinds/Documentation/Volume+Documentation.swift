import JSON
import JSONRPC

// What each member of the kind's messages means, for `rpc.discover` and Docs/protocol.

extension VolumeDriverInfo: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name",
        "mountpoint": "where its content is on the host; empty where it is nowhere",
        "createdAt": "when it was made",
    ]
}

extension VolumeDriverCreate: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name",
        "options": "--opt of volume create; one that is not known is an invalidArgument",
        "labels": "labels by name",
    ]
}

extension VolumeDriverRemove: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name"
    ]
}

extension VolumeMount: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name",
        "container": "id of the container that uses it",
    ]
}

extension VolumeMount.Result: SchemaDocumented {
    public static let fieldDocs = [
        "mount": "to be made in the container's mount namespace"
    ]
}

extension VolumeUnmount: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name",
        "container": "id of the container that no longer uses it",
    ]
}

extension VolumeDriverInspect: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name"
    ]
}

extension VolumeUsage: SchemaDocumented {
    public static let fieldDocs = [
        "volume": "the volume's name"
    ]
}

extension VolumeUsage.Result: SchemaDocumented {
    public static let fieldDocs = [
        "size": "bytes on disk",
        "inodes": "files, folders and everything else that has an inode",
    ]
}

extension VolumeReconcile: SchemaDocumented {
    public static let fieldDocs = [
        "uses": "ids of the containers that use it, by volume"
    ]
}

extension VolumeReconcile.Result: SchemaDocumented {
    public static let fieldDocs = [
        "unknown": "volumes that the driver holds and the core does not name; they stay"
    ]
}
