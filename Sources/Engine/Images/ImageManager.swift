import BerthAPI
import ContentStore
import LinuxSystem
import Logging
import MetadataStore
import OCISpec
import Supervisor

/// Images: pulled and pushed through registry plugins, kept in the content store, unpacked into snapshots.
final class ImageManager: Sendable {
    let content: ContentStore
    let plugins: any PluginCaller
    let catalog: ImageCatalog
    let routes: RegistryRoutes
    let unpacker: Unpacker
    let leases = Leases()
    let logger: Logger
    let pulls = SharedWork<PullKey, ImagePull.Result, TransferProgress>()
    let collections = SerialRuns()
    /// One thread: `index.json` has one writer, and the last one writes the newest state.
    let indexThread = BlockingThreads(name: "image-index", maximum: 1)
    /// Ids of the containers that were made from an image.
    let containersUsing: @Sendable (String) -> [String]
    /// Keys of all snapshots that containers need, with those that their own stand on.
    let usedSnapshots: @Sendable () -> Set<String>
    /// For which a pull unpacks; nil to leave it to the first use.
    let defaultSnapshotter: @Sendable () throws -> String?

    /// Reads what is there.
    init(
        store: MetadataStore, content: ContentStore, plugins: any PluginCaller, events: EventBus,
        routes: RegistryRoutes, containersUsing: @escaping @Sendable (String) -> [String],
        usedSnapshots: @escaping @Sendable () -> Set<String>,
        defaultSnapshotter: @escaping @Sendable () throws -> String? = { nil }, logger: Logger
    ) async throws {
        self.content = content
        self.plugins = plugins
        self.routes = routes
        self.containersUsing = containersUsing
        self.usedSnapshots = usedSnapshots
        self.defaultSnapshotter = defaultSnapshotter
        self.logger = logger
        catalog = try await ImageCatalog(store: store, events: events)
        unpacker = Unpacker(content: content, plugins: plugins)
        do {
            try await writeIndex()
        } catch {
            // Only other programs read it; with a full disk the daemon must start all the same.
            logger.error("index.json is not up to date: \(error)")
        }
    }

    /// By id, by name, or by a prefix of an id.
    ///
    /// - Throws: `notFound` with object `image …`, `invalidArgument`.
    func resolve(_ text: String) async throws -> StoredImage { try catalog.resolve(text).image }

    /// - Parameter platform: what it has to be for, when that was said.
    /// - Throws: `notFound` also for an image of another platform: the one asked for may be pulled.
    func resolve(_ text: String, platform: String?) async throws -> StoredImage {
        let image = try await resolve(text)
        guard let platform else { return image }
        let wanted = try Self.platform(platform)
        guard image.configuration.runs(on: wanted) else {
            let actual = image.configuration.platform.text
            throw BerthError(
                .notFound, "image \(text) is here for \(actual), not for \(wanted.text)", object: "image \(text)",
                hint: "berth pull --platform \(wanted.text) \(text)")
        }
        return image
    }

    /// Bytes of an image's layers.
    func size(of id: String) async throws -> Int64 { try catalog.resolve(id).image.size }

    /// Makes sure that an image is there as snapshots.
    ///
    /// - Returns: the name of the committed snapshot to start from; empty for an image without layers.
    func unpack(_ image: StoredImage, snapshotter: String) async throws -> String {
        guard let top = image.chainIDs.last else { return "" }
        try await leases.holding(image.blobs + image.snapshotKeys) {
            if try await unpacker.committedSize(top, on: snapshotter) != nil { return }
            try await noteSize(of: image, try await unpacker.unpack(image, snapshotter: snapshotter))
        }
        return top
    }

    func noteSize(of image: StoredImage, _ size: Int64) async throws {
        guard var current = catalog.image(image.id), current.unpackedSize != size else { return }
        current.unpackedSize = size
        try await catalog.commit(.init(image: current))
    }

    // MARK: Names

    /// Gives an image a further name, taking it from the image that had it.
    func tag(_ source: String, as target: String) async throws {
        let (image, name) = try catalog.resolve(source)
        let reference = try Self.newName(target)
        let new = ImageName(
            name: reference.description, image: image.id, target: name?.target ?? image.manifest)
        try await catalog.commit(.init(names: [new], events: [Self.event("tag", image.id, name: reference.familiar)]))
        try await writeIndex()
    }

    /// - Throws: `invalidArgument` with docker's message.
    static func reference(_ text: String) throws -> ImageReference {
        do {
            return try ImageReference(text)
        } catch {
            throw BerthError(.invalidArgument, error.description, object: "image \(text)")
        }
    }

    /// A name to give to an image.
    ///
    /// - Throws: `invalidArgument` also for a digest: that comes from a registry.
    static func newName(_ text: String) throws -> ImageReference {
        let reference = try reference(text)
        guard reference.digest == nil else {
            throw BerthError(
                .invalidArgument, "refusing to create a tag with a digest reference", object: "image \(text)")
        }
        return reference
    }

    static func event(_ action: String, _ id: String, name: String) -> EventDraft {
        EventDraft(type: "image", action: action, id: id, attributes: ["name": name])
    }

    /// Writes what has a tag into the content store's `index.json`, for other tools.
    func writeIndex() async throws {
        let (catalog, content) = (catalog, content)
        try await indexThread.run {
            try content.writeIndex(catalog.indexEntries)
        }
    }
}
