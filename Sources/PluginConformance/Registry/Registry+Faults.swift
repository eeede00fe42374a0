import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import OCISpec

extension RegistrySubject {
    static let faults: [Check<RegistrySubject>] = [
        Check(
            "concurrent pushes", "many clients that push one blob, and tags of one repository, lose nothing",
            capability: "push"
        ) { it in
            let (layer, target) = (bytes(100_000, seed: 5), it.target())
            let manifest = try manifest(config, layer)
            try it.bench.parallel(8) { wire, client in
                try wire.call(pushRequest(layer, target), descriptors: [try memoryFile(layer)])
                let type = MediaType.config
                try wire.call(pushRequest(config, target, type: type), descriptors: [try memoryFile(config)])
                let request = pushRequest(manifest, target, type: MediaType.manifest, tag: "v\(client)")
                try wire.call(request, descriptors: [try memoryFile(manifest)])
            }
            let tags = try it.call(RegistryTags(target: target)).tags.sorted()
            try require(tags == (0..<8).map { "v\($0)" }, "the tags are \(tags)")
            try require(try it.fetch(blob(layer), target) == layer, "the layer has other bytes")
        },
        Check("concurrent fetches", "many clients that fetch at once get whole blobs", capability: "push") { it in
            let (layer, target) = (bytes(300_000, seed: 6), it.target())
            try it.push(layer, target)
            try it.bench.parallel(8) { wire, _ in
                for _ in 0..<3 {
                    let file = try memoryFile([])
                    try wire.call(RegistryFetch(target: target, descriptor: blob(layer)), descriptors: [file])
                    let bytes = try RegularFile.readAll(file.raw, limit: 64 << 20)
                    try require(bytes == layer, "\(bytes.count) bytes came, of \(layer.count), or other ones")
                }
            }
        },
        Check(
            "cancelled calls", "a cancelled fetch or push has happened or not: repeated, it succeeds",
            capability: "push"
        ) { it in
            let (wire, layer) = (try it.bench.session, bytes(1 << 20, seed: 7))
            for _ in 0..<3 {
                let push = try wire.send(pushRequest(layer, it.target()), descriptors: [try memoryFile(layer)])
                try wire.cancel(push)
                _ = try wire.outcome(of: JSON(push))
            }
            try it.push(layer, it.target())
            for _ in 0..<3 {
                let request = RegistryFetch(target: it.target(), descriptor: blob(layer))
                let fetch = try wire.send(request, descriptors: [try memoryFile([])])
                try wire.cancel(fetch)
                _ = try wire.outcome(of: JSON(fetch))
            }
            try require(try it.fetch(blob(layer), it.target()) == layer, "the layer has other bytes")
        },
        Check("crash in push", "push of a blob, killed at any moment and repeated, stores it whole", capability: "push")
        {
            it in
            let blobs = (0..<8).map { bytes(1 << 20, seed: 100 + $0) }
            try it.bench.crashes(
                in: CrashTrial(
                    call: { pushRequest(blobs[$0], it.target()) }, descriptors: { [try memoryFile(blobs[$0])] },
                    verify: { round, _ in
                        try require(
                            try it.fetch(blob(blobs[round]), it.target()) == blobs[round], "the blob has other bytes")
                    }))
        },
        Check("crash in push of a manifest", "killed at any moment and repeated, the tag names it", capability: "push")
        {
            it in
            try it.pushImage(it.target(), tag: "v1", layer: [1])
            let bytes = try manifest(config, [1])
            try it.bench.crashes(
                in: CrashTrial(
                    call: { pushRequest(bytes, it.target(), type: MediaType.manifest, tag: "tag\($0)") },
                    descriptors: { _ in [try memoryFile(bytes)] },
                    verify: { round, _ in
                        let found = try it.resolve(it.target(), "tag\(round)")
                        try require(found.digest == blob(bytes).digest, "the tag names \(found.digest)")
                        try require(try it.resolve(it.target(), "v1").digest == found.digest, "v1 is lost")
                    }))
        },
        Check(
            "crash in fetch", "a fetch killed at any moment goes on from the bytes that it stored", capability: "push"
        ) {
            it in
            let layer = bytes(2 << 20, seed: 8)
            try it.push(layer, it.target())
            for delay in [0, 1, 2, 4, 8, 1000] {
                let file = try memoryFile([])
                let wire = try it.bench.session
                try wire.send(RegistryFetch(target: it.target(), descriptor: blob(layer)), descriptors: [file])
                _ = wire.waitReadable(until: .now + .milliseconds(delay))
                try it.bench.restart()
                let stored = try RegularFile.readAll(file.raw, limit: 64 << 20)
                try require(stored.elementsEqual(layer.prefix(stored.count)), "\(stored.count) wrong bytes were stored")
                try require(try it.fetch(blob(layer), it.target(), having: stored) == layer, "other bytes came")
            }
        },
        Check(
            "leaks", "pushes and fetches leave no descriptor and no process behind, refused ones neither",
            capability: "push"
        ) { it in
            let layer = bytes(10_000, seed: 9)
            try it.push(layer, it.target())
            try it.bench.leaks { _ in
                try it.push(layer, it.target())
                _ = try it.fetch(blob(layer), it.target())
                do { _ = try it.fetch(blob([9, 9]), it.target()) } catch is BerthError {}
                do { _ = try it.resolve(it.target(), "") } catch is BerthError {}
                do {
                    let lie = RegistryPush(target: it.target(), descriptor: blob([9, 9]))
                    try it.call(lie, descriptors: [try memoryFile([8, 8])])
                } catch is BerthError {}
            }
        },
    ]
}
