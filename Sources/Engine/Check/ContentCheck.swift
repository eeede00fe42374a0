import BerthAPI
import ContentStore
import OCISpec

/// The content store: every blob that an image needs, with its size and, when `deep`, its digest; and `index.json`.
struct ContentCheck: Check {
    let name = "content"
    let images: ImageManager
    let deep: Bool

    func run() async throws -> [Problem] {
        let damaged = deep ? try await damagedBlobs() : []
        var problems: [Problem] = []
        var seen: Set<String> = []
        for image in images.catalog.images.sorted(by: { $0.id < $1.id }) {
            for (digest, size) in Self.blobs(of: image) where seen.insert(digest).inserted {
                guard let fault = try fault(digest, size, damaged) else { continue }
                problems.append(missing(digest, fault, image))
            }
        }
        for digest in damaged.subtracting(seen).sorted() { problems.append(unused(digest)) }
        return problems + (try await indexProblems())
    }

    /// Digests with sizes where the records say them: the configuration's is only in the manifest.
    private static func blobs(of image: StoredImage) -> [(digest: String, size: Int64?)] {
        [(image.manifest.digest, image.manifest.size), (image.id, nil)] + image.layers.map { ($0.digest, $0.size) }
    }

    private func damagedBlobs() async throws -> Set<String> {
        let content = images.content
        return try await content.offPool {
            let found = try content.list().map(\.digest)
            return Set(try found.filter { try content.hash($0) != $0 }.map(\.description))
        }
    }

    private func fault(_ digest: String, _ size: Int64?, _ damaged: Set<String>) throws -> String? {
        guard let parsed = Digest(digest) else { return "it has no sha256 digest" }
        guard let found = try images.content.size(of: parsed) else { return "it is missing" }
        if let size, found != size { return "it has \(found) bytes where its descriptor says \(size)" }
        return damaged.contains(digest) ? "its bytes do not have its digest" : nil
    }

    private func missing(_ digest: String, _ fault: String, _ image: StoredImage) -> Problem {
        let names = images.catalog.names(of: image.id).compactMap(\.reference)
        let name = (names.first { $0.tag != nil } ?? names.first)?.familiar
        let message = "\(fault); image \(name ?? image.id) needs it"
        guard !names.isEmpty else { return problem(.error, "blob \(digest)", message) }
        return problem(.error, "blob \(digest)", message, repair: "fetch it again") { [images] in
            try await images.fetchAgain(digest, of: image)
        }
    }

    private func unused(_ digest: String) -> Problem {
        problem(
            .warning, "blob \(digest)", "its bytes do not have its digest; no image needs it", repair: "remove it"
        ) { [images] in await images.collectGarbage() }
    }

    private func indexProblems() async throws -> [Problem] {
        let (content, catalog) = (images.content, images.catalog)
        let agrees: Bool
        do {
            agrees = Set(try await content.offPool { try content.readIndex() }) == Set(catalog.indexEntries)
        } catch {
            agrees = false
        }
        if agrees { return [] }
        return [
            problem(.error, "index.json", "it does not say what the images are", repair: "write it again") { [images] in
                try await images.writeIndex()
            }
        ]
    }
}
