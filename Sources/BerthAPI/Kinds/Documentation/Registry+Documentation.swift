import JSON
import JSONRPC

// What each member of the kind's messages means, for `rpc.discover` and Docs/protocol.

extension RegistryTarget: SchemaDocumented {
    public static let fieldDocs = [
        "domain": "docker.io, localhost:5000",
        "repository": "library/busybox",
        "credentials": "absent for none",
    ]
}

extension RegistryCredentials: SchemaDocumented {
    public static let fieldDocs = [
        "username": "the user's name",
        "password": "a password or token; traces show it redacted",
    ]
}

extension RegistryResolve: SchemaDocumented {
    public static let fieldDocs = [
        "target": "the repository",
        "reference": "a tag, or a digest sha256:…",
    ]
}

extension RegistryResolve.Result: SchemaDocumented {
    public static let fieldDocs = [
        "descriptor": "of the index or manifest"
    ]
}

extension RegistryFetch: SchemaDocumented {
    public static let fieldDocs = [
        "target": "the repository",
        "descriptor": "what to fetch",
        "offset": "bytes that the file holds already: go on from there",
    ]
}

extension RegistryFetch.Result: SchemaDocumented {
    public static let fieldDocs = [
        "size": "bytes that the file has"
    ]
}

extension RegistryPush: SchemaDocumented {
    public static let fieldDocs = [
        "target": "the repository",
        "descriptor": "what is sent",
        "reference": "for manifests: the tag or digest to put it under",
        "mountFrom": "repositories of the same registry that may have the blob already",
    ]
}

extension RegistryPush.Result: SchemaDocumented {
    public static let fieldDocs = [
        "existed": "it was there already"
    ]
}

extension RegistryExists: SchemaDocumented {
    public static let fieldDocs = [
        "target": "the repository",
        "descriptor": "what is asked for",
    ]
}

extension RegistryExists.Result: SchemaDocumented {
    public static let fieldDocs = [
        "exists": "whether the registry has it"
    ]
}

extension RegistryTags: SchemaDocumented {
    public static let fieldDocs = [
        "target": "the repository"
    ]
}

extension RegistryTags.Result: SchemaDocumented {
    public static let fieldDocs = [
        "tags": "the repository's tags"
    ]
}

extension RegistryCatalog: SchemaDocumented {
    public static let fieldDocs = [
        "domain": "docker.io, localhost:5000",
        "credentials": "absent for none",
    ]
}

extension RegistryCatalog.Result: SchemaDocumented {
    public static let fieldDocs = [
        "repositories": "the registry's repositories"
    ]
}

extension RegistryLogin: SchemaDocumented {
    public static let fieldDocs = [
        "domain": "docker.io, localhost:5000",
        "credentials": "what to check",
    ]
}
