import LinuxSystem

/// How a folder on disk says that something of the layers below is gone.
public enum LayerForm: Hashable, Sendable {
    /// For overlay(5): a character device 0:0 for a name, `trusted.overlay.opaque` on a folder.
    case overlay
    /// The target holds the layers below too: what is gone is removed.
    case plain
}
