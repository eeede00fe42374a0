import BerthAPI
import OCISpec

extension ImageManager {
    private static let filters: Set<String> = ["reference", "dangling", "label", "before", "since"]

    /// Images, newest first. docker's filters.
    func list(filters: [String: [String]]) async throws -> [ImageSummary] {
        if let unknown = filters.keys.first(where: { !Self.filters.contains($0) }) { throw invalidFilter(unknown) }
        let names = catalog.namesByImage()
        let before = try filters["before"]?.last.map { Self.created(try catalog.resolve($0).image) }
        let since = try filters["since"]?.last.map { Self.created(try catalog.resolve($0).image) }
        let chosen = catalog.images.filter { image in
            (before.map { Self.created(image) < $0 } ?? true) && (since.map { Self.created(image) > $0 } ?? true)
        }
        let summaries = chosen.sorted { (Self.created($0), $0.id) > (Self.created($1), $1.id) }
            .compactMap { summary($0, names: names[$0.id] ?? [], patterns: filters["reference"]) }
        return summaries.filter { summary in
            matches(filters["dangling"]) { isTrue($0) == summary.references.isEmpty }
                && (filters["label"] ?? []).allSatisfy { labelMatches(summary.labels, $0) }
        }
    }

    /// Everything about one image.
    func inspect(_ text: String) async throws -> ImageDetail {
        let image = try catalog.resolve(text).image
        return ImageDetail(
            summary: summary(image, names: catalog.names(of: image.id)), manifestDigest: image.manifest.digest,
            mediaType: image.manifest.mediaType, config: image.configuration, layers: image.layers)
    }

    /// Ids of an image and of all that were made on it: whose layers begin with its own.
    ///
    /// - Returns: nothing for an image that is not here.
    func descendants(of text: String) -> Set<String> {
        guard let image = try? catalog.resolve(text).image else { return [] }
        guard let top = image.chainIDs.last else { return [image.id] }
        return Set(catalog.images.filter { $0.chainIDs.contains(top) }.map(\.id))
    }

    private static func created(_ image: StoredImage) -> Timestamp {
        image.configuration.created.flatMap { Timestamp($0) } ?? .zero
    }

    private func summary(_ image: StoredImage, names: [ImageName]) -> ImageSummary {
        let references = names.compactMap(\.reference)
        return ImageSummary(
            id: image.id, references: references.filter { $0.tag != nil }.map(\.familiar),
            digests: references.filter { $0.digest != nil }.map(\.familiar),
            createdAt: image.configuration.created.flatMap { Timestamp($0) }, size: image.size,
            labels: image.configuration.config?.labels ?? [:], containers: containersUsing(image.id).count)
    }

    /// - Parameter patterns: docker's `reference` filter: shell patterns, matched with and without the tag.
    /// - Returns: nil when no name matches; else with the names that do.
    private func summary(_ image: StoredImage, names: [ImageName], patterns: [String]?) -> ImageSummary? {
        guard let patterns else { return summary(image, names: names) }
        let chosen = names.filter { name in
            guard let reference = name.reference else { return false }
            let forms = [reference.familiarName, reference.familiar, reference.description, reference.name]
            return patterns.contains { pattern in forms.contains { Glob(pattern).matches($0) } }
        }
        return chosen.isEmpty ? nil : summary(image, names: chosen)
    }
}

/// A shell pattern as docker's filters take it: `*` and `?` do not match `/`.
struct Glob {
    private let pattern: [Character]

    init(_ pattern: String) { self.pattern = Array(pattern) }

    /// Without recursion: a `*` that fails is tried again one character further, and only the last one matters.
    func matches(_ text: String) -> Bool {
        let text = Array(text)
        var (at, next) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while at < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = (next, at)
                next += 1
            } else if next < pattern.count, pattern[next] == text[at] || (pattern[next] == "?" && text[at] != "/") {
                next += 1
                at += 1
            } else if let last = star, text[last.text] != "/" {
                star = (last.pattern, last.text + 1)
                next = last.pattern + 1
                at = last.text + 1
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
