import BerthAPI
import OCISpec

extension ImageManager {
    /// Removes a name, and the image with its last one; then frees what nothing needs any more.
    ///
    /// - Parameter force: also by an id that several names have, and when containers were made from the image: what
    ///   they stand on stays until they are gone.
    /// - Throws: `notFound`, `conflict`.
    func remove(_ text: String, force: Bool) async throws -> ImageRemove.Result {
        let (image, name) = try catalog.resolve(text)
        let names = catalog.names(of: image.id)
        let untagged = name.map { Self.untagged(by: $0, of: names) } ?? names
        if name == nil { try checkRepositories(of: names, text, force: force) }
        let removesImage = untagged.count == names.count
        if removesImage, !force { try checkContainers(of: image, text) }

        var change = ImageCatalog.Change(droppedNames: untagged.map(\.name))
        change.events = untagged.compactMap(\.reference).filter { $0.tag != nil }
            .map { Self.event("untag", image.id, name: $0.familiar) }
        if removesImage {
            change.droppedImage = image.id
            change.events.append(Self.event("delete", image.id, name: image.id))
        }
        try await catalog.commit(change)
        var result = ImageRemove.Result(untagged: untagged.compactMap { $0.reference?.familiar }, deleted: [])
        if removesImage {
            result.deleted = [image.id] + unshared(image)
            await collectGarbage()
        }
        // Last, when a full disk has room again.
        try await writeIndex()
        return result
    }

    /// What goes with a name: with the last tag of a repository also the digests that it was pulled by.
    private static func untagged(by name: ImageName, of names: [ImageName]) -> [ImageName] {
        let others = names.filter { $0.name != name.name }
        guard let reference = name.reference, reference.tag != nil else { return [name] }
        let hasTags = others.contains { $0.reference?.name == reference.name && $0.reference?.tag != nil }
        if hasTags { return [name] }
        return [name] + others.filter { $0.reference?.name == reference.name }
    }

    private func checkRepositories(of names: [ImageName], _ text: String, force: Bool) throws {
        let repositories = Set(names.compactMap { $0.reference?.name })
        let tags = names.filter { $0.reference?.tag != nil }
        guard !force, repositories.count > 1 || tags.count > 1 else { return }
        throw BerthError(
            .conflict,
            "unable to delete \(text) (must be forced) - image is referenced in multiple repositories",
            object: "image \(text)", hint: "remove it by name, or with --force")
    }

    private func checkContainers(of image: StoredImage, _ text: String) throws {
        guard let container = containersUsing(image.id).first else { return }
        throw BerthError(
            .conflict,
            "unable to remove \(text) (must be forced) - container \(container.prefix(12)) is using its image "
                + String(image.hex.prefix(12)),
            object: "image \(text)", hint: "remove the container first")
    }

    /// Chain ids that no other image has, highest first.
    private func unshared(_ image: StoredImage) -> [String] {
        let shared = Set(catalog.images.flatMap(\.chainIDs))
        return image.chainIDs.reversed().filter { !shared.contains($0) }
    }
}
