import JSON
import JSONRPC

// What each member of the kind's messages means, for `rpc.discover` and Docs/protocol.

extension LogOpen: SchemaDocumented {
    public static let fieldDocs = [
        "container": "the container's id: 64 hexadecimal digits",
        "containerName": "its name",
        "image": "the image as the user named it",
        "labels": "the container's labels",
        "options": "--log-opt; one that is not known is an invalidArgument",
    ]
}

extension LogOpen.Result: SchemaDocumented {
    public static let fieldDocs = [
        "path": "the file, for drivers that write one"
    ]
}

extension LogValidate: SchemaDocumented {
    public static let fieldDocs = [
        "options": "--log-opt by name"
    ]
}

extension LogClose: SchemaDocumented {
    public static let fieldDocs = [
        "container": "the container's id: 64 hexadecimal digits"
    ]
}

extension LogRead: SchemaDocumented {
    public static let fieldDocs = [
        "container": "the container's id: 64 hexadecimal digits",
        "stdout": "lines of the standard output",
        "stderr": "lines of the standard error",
        "follow": "go on with new lines until log.close",
        "tail": "only so many of the last lines; all when absent",
        "since": "only lines of this time and later",
        "until": "only lines before this time",
    ]
}

extension LogRotate: SchemaDocumented {
    public static let fieldDocs = [
        "container": "the container's id: 64 hexadecimal digits"
    ]
}

extension LogRemove: SchemaDocumented {
    public static let fieldDocs = [
        "container": "the container's id: 64 hexadecimal digits"
    ]
}

extension LogReconcile: SchemaDocumented {
    public static let fieldDocs = [
        "containers": "ids of the containers whose logs should exist"
    ]
}

extension LogReconcile.Result: SchemaDocumented {
    public static let fieldDocs = [
        "removed": "ids of containers whose logs were removed",
        "open": "ids of containers whose streams the driver holds",
    ]
}

extension LogList.Result: SchemaDocumented {
    public static let fieldDocs = [
        "containers": "ids of the containers that have a log",
        "open": "those whose stream the driver holds",
    ]
}
