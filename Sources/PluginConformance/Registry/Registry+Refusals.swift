import BerthAPI
import JSON
import LinuxSystem
import OCISpec

extension RegistrySubject {
    static let refusals: [Check<RegistrySubject>] = [
        Check("what is not there", "tags, digests and repositories that do not exist are notFound", capability: "push")
        {
            it in
            try it.pushImage(it.target(), tag: "v1", layer: [1])
            let missing = blob(bytes(10, seed: 99))
            for reference in ["v2", missing.digest] {
                try requireError(.notFound, in: "resolve of \(reference)") {
                    _ = try it.resolve(it.target(), reference)
                }
            }
            try requireError(.notFound, in: "resolve in an unknown repository") {
                _ = try it.resolve(it.target("never-was"), "v1")
            }
            try requireError(.notFound, in: "fetch of an unknown blob") { _ = try it.fetch(missing, it.target()) }
            try requireError(.notFound, in: "tags of an unknown repository") {
                try it.call(RegistryTags(target: it.target("never-was")))
            }
        },
        Check(
            "push that lies", "content that does not have its descriptor's digest or size is refused",
            capability: "push"
        ) { it in
            let content = bytes(1000, seed: 4)
            let file = try memoryFile(content)
            var lies = [blob(content), blob(content)]
            lies[0].digest = blob([7]).digest
            lies[1].size = 999
            for lie in lies {
                do {
                    let request = RegistryPush(target: it.target(), descriptor: lie)
                    try it.call(request, descriptors: [file])
                } catch is BerthError {
                    continue
                }
                throw Violation("1000 bytes were taken for \(lie)")
            }
            try require(try !it.exists(lies[0], it.target()), "the lie is in the repository")
            // Where the file is at does not matter.
            try it.call(RegistryPush(target: it.target(), descriptor: blob(content)), descriptors: [file])
            try require(try it.fetch(blob(content), it.target()) == content, "other bytes were stored")
        },
        Check("hostile names", "domains and repositories that are none are an invalidArgument, such tags are not found")
        { it in
            let domains = HostileNames.paths + ["a b", "a/b", "http://a"]
            for domain in domains where domain != "." && domain != ".." {
                try requireError(.invalidArgument, in: "the domain '\(domain.prefix(40))'") {
                    try it.call(RegistryTags(target: RegistryTarget(domain: domain, repository: "a")))
                }
            }
            for repository in HostileNames.paths + ["A", "a b", "a//b", "/a", "a/", "-a"] {
                try requireError(.invalidArgument, in: "the repository '\(repository.prefix(40))'") {
                    try it.call(RegistryTags(target: RegistryTarget(domain: it.domain, repository: repository)))
                }
            }
            for reference in [
                "", "../x", "a b", "a/b", "sha256:short", "a\u{0}b", String(repeating: "t", count: 10_000),
            ] {
                try requireError(.invalidArgument, .notFound, in: "the reference '\(reference.prefix(40))'") {
                    _ = try it.resolve(it.target(), reference)
                }
            }
        },
        Check("hostile descriptors", "digests that are none, and sizes below zero, are refused", capability: "push") {
            it in
            try it.push([1, 2, 3], it.target())
            let digests = ["", "sha256:", "sha256:../../x", "sha256:" + String(repeating: "A", count: 64), "md5:0"]
            for digest in digests {
                var descriptor = blob([1, 2, 3])
                descriptor.digest = digest
                try requireError(.invalidArgument, in: "fetch of '\(digest)'") {
                    _ = try it.fetch(descriptor, it.target())
                }
                try requireError(.invalidArgument, in: "push of '\(digest)'") {
                    try it.call(
                        RegistryPush(target: it.target(), descriptor: descriptor), descriptors: [try memoryFile([1])])
                }
            }
            for (size, offset) in [(Int64(-1), Int64(0)), (3, -1), (3, 4), (Int64.max, Int64.max)] {
                var descriptor = blob([1, 2, 3])
                descriptor.size = size
                let request = RegistryFetch(target: it.target(), descriptor: descriptor, offset: offset)
                do { try it.call(request, descriptors: [try memoryFile([])]) } catch is BerthError { continue }
                throw Violation("a fetch of \(size) bytes from \(offset) of a blob of 3 succeeded")
            }
            try it.bench.requireAlive(after: "sizes that make no sense")
        },
        Check("no file", "fetch and push without a descriptor are an invalidArgument", capability: "push") { it in
            try requireError(.invalidArgument, in: "fetch") {
                try it.call(RegistryFetch(target: it.target("probe"), descriptor: blob([1])))
            }
            try requireError(.invalidArgument, in: "push") {
                try it.call(RegistryPush(target: it.target("probe"), descriptor: blob([1])))
            }
        },
        Check("wrong parameters", "parameters that are missing or of the wrong type are an error") { it in
            let wire = try it.bench.session
            for method in [RegistryResolve.name, RegistryFetch.name, RegistryPush.name, RegistryExists.name] {
                try wire.callExpectingError(method, [:], "\(method) without parameters")
                try wire.callExpectingError(method, ["target": "docker.io/library/busybox"], "\(method) of a text")
            }
            try it.bench.requireAlive(wire, after: "wrong parameters")
        },
    ]
}
