import JSON
import OCISpec

// OCI's types as the protocol carries them (image-spec, descriptor.md and image-index.md).

extension OCIDescriptor: SchemaDocumented {
    public static var fieldDocs: [String: String] {
        [
            "mediaType": "the content's media type", "digest": "sha256: and 64 hexadecimal digits", "size": "bytes",
            "urls": "where else it is; not used", "annotations": "annotations by name",
            "platform": "for whom it is, in an index", "artifactType": "of an artifact that is not an image",
        ]
    }
}

extension Platform: SchemaDocumented {
    public static var fieldDocs: [String: String] {
        [
            "architecture": "amd64, arm64, …", "os": "linux", "variant": "v7, v8, …",
            "os.version": "version of the operating system",
        ]
    }
}
