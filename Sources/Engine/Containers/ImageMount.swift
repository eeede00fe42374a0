import BerthAPI
import Supervisor

/// An image's file system in a container: a read-only snapshot on the image's own.
struct ImageMount: Codable, Hashable, Sendable {
    /// Of the view.
    var key: String
    var imageID: String
    /// The committed snapshot that it is made on.
    var parent: String
}
