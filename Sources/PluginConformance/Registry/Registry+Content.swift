import BerthAPI
import JSON
import LinuxSystem
import OCISpec

extension RegistrySubject {
    private static let layer = bytes(300_000, seed: 1)

    static let content: [Check<RegistrySubject>] = [
        Check("resolve", "a pushed manifest is found by its tag and by its digest", capability: "push") { it in
            let manifest = try it.pushImage(it.target(), tag: "v1", layer: layer)
            for reference in ["v1", manifest.digest] {
                let found = try it.resolve(it.target(), reference)
                try require(
                    found.digest == manifest.digest && found.size == manifest.size
                        && found.mediaType == manifest.mediaType, "\(reference) is \(found), not \(manifest)")
            }
        },
        Check("fetch", "what was pushed is fetched, byte for byte", capability: "push") { it in
            let manifest = try it.pushImage(it.target(), tag: "v1", layer: layer)
            try require(try it.fetch(blob(layer), it.target()) == layer, "the layer has other bytes")
            let bytes = try it.fetch(manifest, it.target())
            try require(blob(bytes).digest == manifest.digest, "the manifest has other bytes")
        },
        Check(
            "fetch goes on", "a fetch from an offset adds what is missing, nothing when all is there",
            capability: "push"
        ) { it in
            try it.push(layer, it.target())
            for offset in [1, 123_456, 299_999, 300_000] {
                let file = try memoryFile(Array(layer[..<offset]))
                let request = RegistryFetch(target: it.target(), descriptor: blob(layer), offset: Int64(offset))
                // Twice, as after a crash: where the file is at does not matter.
                for _ in 1...2 {
                    let size = try it.call(request, descriptors: [file]).size
                    try require(size == layer.count, "the answer says \(size) bytes of \(layer.count)")
                }
                let bytes = try RegularFile.readAll(file.raw, limit: 64 << 20)
                try require(bytes == layer, "from \(offset) on, other bytes came")
            }
        },
        Check(
            "exists", "exists says whether a blob or manifest is there, an unknown repository among it",
            capability: "push"
        ) { it in
            let manifest = try it.pushImage(it.target(), tag: "v1", layer: layer)
            for descriptor in [manifest, blob(layer)] {
                try require(try it.exists(descriptor, it.target()), "\(descriptor.digest) is said to be missing")
            }
            let missing = blob(bytes(10, seed: 99))
            try require(try !it.exists(missing, it.target()), "what was never pushed is said to be there")
            try require(try !it.exists(missing, it.target("never-was")), "an unknown repository has it")
        },
        Check("push repeats", "pushing what is there succeeds, and says so", capability: "push") { it in
            try require(try !it.push(layer, it.target()), "a new blob is said to have been there")
            try require(try it.push(layer, it.target()), "a blob that is there is said to be new")
            let manifest = try it.pushImage(it.target(), tag: "v1", layer: layer)
            try require(try it.pushImage(it.target(), tag: "v1", layer: layer) == manifest, "another manifest")
            try require(try it.fetch(blob(layer), it.target()) == layer, "the layer has other bytes")
        },
        Check("tags move", "a tag that is pushed again names the new manifest; the old one stays", capability: "push") {
            it in
            let first = try it.pushImage(it.target(), tag: "v1", layer: bytes(10, seed: 1))
            let second = try it.pushImage(it.target(), tag: "v1", layer: bytes(10, seed: 2))
            try require(try it.resolve(it.target(), "v1").digest == second.digest, "the tag has not moved")
            try require(try it.resolve(it.target(), first.digest).digest == first.digest, "the old one is gone")
        },
        Check("tags", "tags lists a repository's tags", capability: "push") { it in
            for tag in ["v1", "v2", "latest"] { try it.pushImage(it.target(), tag: tag, layer: [1]) }
            let tags = try it.call(RegistryTags(target: it.target())).tags.sorted()
            try require(tags == ["latest", "v1", "v2"], "the tags are \(tags)")
        },
        Check("catalog", "catalog lists repositories, or is unimplemented", capability: "push") { it in
            for name in ["app", "deep/er"] { try it.pushImage(it.target(name), tag: "v1", layer: [1]) }
            do {
                let found = try it.call(RegistryCatalog(domain: it.domain)).repositories
                for name in ["app", "deep/er"] {
                    try require(found.contains(it.target(name).repository), "\(name) is not among \(found.count)")
                }
            } catch let error as BerthError where error.kind == .unimplemented {
                throw Skip("the backend has no catalog")
            }
        },
        Check(
            "blobs of other repositories", "a blob that is in another repository is taken from there",
            capability: "push"
        ) { it in
            try it.push(layer, it.target("base"))
            var request = pushRequest(layer, it.target("derived"))
            request.mountFrom = ["\(it.target("never-was").repository)", it.target("base").repository]
            try it.call(request, descriptors: [try memoryFile(layer)])
            try require(try it.fetch(blob(layer), it.target("derived")) == layer, "the layer has other bytes")
        },
        Check("progress", "progress of a fetch is a growing number of bytes, at most the size", capability: "push") {
            it in
            let large = bytes(4 << 20, seed: 3)
            try it.push(large, it.target())
            let (wire, file) = (try it.bench.session, try memoryFile([]))
            let request = RegistryFetch(target: it.target(), descriptor: blob(large))
            let id = try wire.send(request, descriptors: [file], members: [("progress", "token")])
            _ = try wire.reply(to: RegistryFetch.self, id: id)
            try wire.requireProgress(token: "token", upTo: Int64(large.count))
        },
        Check("survives SIGKILL", "what was pushed is there after a crash", capability: "push") { it in
            let manifest = try it.pushImage(it.target(), tag: "v1", layer: layer)
            try it.bench.restart()
            try require(try it.resolve(it.target(), "v1").digest == manifest.digest, "another manifest")
            try require(try it.fetch(blob(layer), it.target()) == layer, "the layer has other bytes")
        },
    ]
}
