import BerthAPI
import JSON
import MetadataStore
import OCISpec
import Synchronization

/// All images and their names: in memory to read, in the metadata store to keep. What is read has been committed.
final class ImageCatalog: Sendable {
    private struct State {
        var images: [String: StoredImage] = [:]
        var names: [String: ImageName] = [:]
    }

    /// A change: what is put and what is dropped, with its events.
    struct Change: Sendable {
        var image: StoredImage?
        var names: [ImageName] = []
        var droppedNames: [String] = []
        var droppedImage: String?
        var events: [EventDraft] = []
    }

    private let state: Mutex<State>
    private let events: EventBus

    init(store: MetadataStore, events: EventBus) async throws {
        let (images, names) = try await store.read {
            (try $0.images(StoredImage.self), try $0.imageReferences(ImageName.self))
        }
        self.events = events
        state = Mutex(
            State(
                images: Dictionary(uniqueKeysWithValues: images.map { ($0.id, $0) }),
                names: Dictionary(uniqueKeysWithValues: names.map { ($0.name, $0) })))
    }

    /// One transaction, then memory.
    func commit(_ change: Change) async throws {
        try await events.commit(change.events) { db in
            for name in change.droppedNames { try db.delete(reference: name) }
            if let id = change.droppedImage { try db.delete(image: id) }
            if let image = change.image { try db.put(image: image.id, image) }
            for name in change.names { try db.put(reference: name.name, image: name.image, name) }
        }
        state.withLock { state in
            for name in change.droppedNames { state.names[name] = nil }
            if let id = change.droppedImage {
                state.images[id] = nil
                state.names = state.names.filter { $0.value.image != id }
            }
            if let image = change.image { state.images[image.id] = image }
            for name in change.names { state.names[name.name] = name }
        }
    }

    var images: [StoredImage] { state.withLock { Array($0.images.values) } }
    var names: [ImageName] { state.withLock { Array($0.names.values) } }

    func image(_ id: String) -> StoredImage? { state.withLock { $0.images[id] } }

    func name(_ name: String) -> ImageName? { state.withLock { $0.names[name] } }

    /// Names of an image, sorted.
    func names(of id: String) -> [ImageName] {
        state.withLock { $0.names.values.filter { $0.image == id } }.sorted { $0.name < $1.name }
    }

    /// All names by image, sorted.
    func namesByImage() -> [String: [ImageName]] {
        Dictionary(grouping: names.sorted { $0.name < $1.name }, by: \.image)
    }

    /// What has a tag, as entries of an image layout's `index.json`.
    var indexEntries: [OCIDescriptor] {
        names.sorted { $0.name < $1.name }.compactMap { name -> OCIDescriptor? in
            guard let reference = name.reference, reference.tag != nil, let image = image(name.image) else {
                return nil
            }
            var entry = image.manifest
            entry.annotations = ["org.opencontainers.image.ref.name": reference.description]
            return entry
        }
    }

    // MARK: Looking up

    /// By id, by name, or by a prefix of an id that only one image has, in this order.
    ///
    /// - Throws: `notFound`, or `invalidArgument` for an ambiguous prefix or what cannot be a name.
    func resolve(_ text: String) throws -> (image: StoredImage, name: ImageName?) {
        let hex = text.hasPrefix("sha256:") ? String(text.dropFirst("sha256:".count)) : text
        if let digest = Digest(hex: hex) {
            guard let image = image(digest.description) else { throw Self.missing(text) }
            return (image, nil)
        }
        if let reference = try? ImageReference(text), let found = find(reference) { return found }
        let isPrefix = hex.utf8.count >= 1 && hex.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        let matches = isPrefix ? images.filter { $0.hex.hasPrefix(hex) } : []
        guard matches.count <= 1 else {
            throw BerthError(.invalidArgument, "image id \(text) is ambiguous", object: "image \(text)")
        }
        if let image = matches.first { return (image, nil) }
        guard !text.hasPrefix("sha256:") else { throw Self.missing(text) }
        do {
            throw Self.missing(try ImageReference(text).familiar)
        } catch let error as InvalidReference {
            throw BerthError(.invalidArgument, error.description, object: "image \(text)")
        }
    }

    private func find(_ reference: ImageReference) -> (image: StoredImage, name: ImageName?)? {
        // A digest says what is meant; a tag beside it is for people.
        let key = reference.digest.map { reference.withDigest($0).description } ?? reference.description
        return state.withLock { state in
            if let name = state.names[key], let image = state.images[name.image] { return (image, name) }
            guard let digest = reference.digest?.description else { return nil }
            let name = state.names.values.first {
                $0.reference?.name == reference.name
                    && ($0.target.digest == digest || state.images[$0.image]?.manifest.digest == digest)
            }
            return name.flatMap { name in state.images[name.image].map { ($0, nil) } }
        }
    }

    private static func missing(_ text: String) -> BerthError {
        BerthError(.notFound, "no such image: \(text)", object: "image \(text)", hint: "berth pull \(text)")
    }
}
