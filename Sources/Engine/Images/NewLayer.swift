import LinuxSystem

/// A layer that was made here, in a file that has no name yet.
struct NewLayer: Sendable {
    var file: SharedDescriptor
    var mediaType: String
    /// Of its uncompressed tar stream, as the differ says: checked when the layer is unpacked.
    var diffID: String
}
