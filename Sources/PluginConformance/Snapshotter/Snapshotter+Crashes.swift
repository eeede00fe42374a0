import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension SnapshotterSubject {
    static let crashes: [Check<SnapshotterSubject>] = [
        Check("crash in prepare", "prepare, killed at any moment and repeated, makes one snapshot") { it in
            try it.commit("base", files: [("f", "base")])
            try it.bench.crashes(
                in: CrashTrial(
                    call: { SnapshotPrepare(key: "a\($0)", parent: "base") },
                    verify: { round, result in
                        try require(try DetachedMount(result.mounts).read("f") == "base", "other content")
                        try it.call(SnapshotRemove(key: "a\(round)"))
                        try it.requireKeys(["base"])
                    }))
        },
        Check("crash in view", "view, killed at any moment and repeated, makes one snapshot") { it in
            try it.commit("base", files: [("f", "base")])
            try it.bench.crashes(
                in: CrashTrial(
                    call: { SnapshotView(key: "v\($0)", parent: "base") },
                    verify: { round, result in
                        try require(try DetachedMount(result.mounts).read("f") == "base", "other content")
                        try it.call(SnapshotRemove(key: "v\(round)"))
                        try it.requireKeys(["base"])
                    }))
        },
        Check("crash in commit", "commit, killed at any moment and repeated, loses no content and no snapshot") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try DetachedMount(try it.prepare("a\($0)")).write("f", "\($0)") },
                    call: { SnapshotCommit(snapshot: "c\($0)", key: "a\($0)") },
                    verify: { round, _ in
                        try it.requireKeys(["c\(round)"])
                        let view = try it.view("v", of: "c\(round)")
                        try require(try DetachedMount(view).read("f") == "\(round)", "other content")
                        for key in ["v", "c\(round)"] { try it.call(SnapshotRemove(key: key)) }
                    }))
        },
        Check("crash in update", "update, killed at any moment and repeated, replaces the labels") { it in
            _ = try it.prepare("a")
            try it.bench.crashes(
                in: CrashTrial(
                    call: { SnapshotUpdate(key: "a", labels: ["round": "\($0)"]) },
                    verify: { round, info in
                        try require(info.labels == ["round": "\(round)"], "the labels are \(info.labels)")
                        try require(try it.call(SnapshotStat(key: "a")) == info, "stat answers something else")
                    }))
        },
        Check("crash in remove", "remove, killed at any moment and repeated, removes the snapshot") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try DetachedMount(try it.prepare("a\($0)")).write("f", "x") },
                    call: { SnapshotRemove(key: "a\($0)") },
                    verify: { round, _ in
                        try it.requireKeys([])
                        try require(try DetachedMount(try it.prepare("a\(round)")).isEmpty(), "old content came back")
                        try it.call(SnapshotRemove(key: "a\(round)"))
                    }))
        },
        Check("crash in cleanup", "cleanup, killed at any moment and repeated, frees leftovers only") { it in
            try it.commit("base", files: [("f", "base")])
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { round in
                        _ = try it.prepare("a\(round)")
                        try it.call(SnapshotRemove(key: "a\(round)"))
                    }, call: { _ in SnapshotCleanup() }, verify: { _, _ in try it.requireKeys(["base"]) }))
            try require(try DetachedMount(try it.view("v", of: "base")).read("f") == "base", "other content")
        },
    ]

    static let layerCrashes: [Check<SnapshotterSubject>] = [
        Check("crash in apply", "apply, killed at any moment and repeated, unpacks the same layer") { it in
            let (layer, digest) = (try memoryFile(manyFiles), Monitor<String?>(nil))
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { _ = try it.prepare("a\($0)") },
                    call: { DifferApply(mediaType: Self.layerType, key: "a\($0)", mounts: try it.prepare("a\($0)")) },
                    descriptors: { _ in [layer] },
                    verify: { round, result in
                        let first = digest.withLock { value in
                            value = value ?? result.diffID
                            return value
                        }
                        try require(first == result.diffID, "\(first ?? ""), then \(result.diffID)")
                        let mount = try DetachedMount(try it.prepare("a\(round)"))
                        try require(try mount.read("folder-3/file-399") == "399", "other content")
                        try it.call(SnapshotRemove(key: "a\(round)"))
                    }))
        },
        Check("apply without a blob", "apply without its descriptor is an invalidArgument") { it in
            let mounts = try it.prepare("a")
            try requireError(.invalidArgument, in: "apply") {
                try it.call(DifferApply(mediaType: Self.layerType, key: "a", mounts: mounts))
            }
            try require(try DetachedMount(mounts).isEmpty(), "something was left behind")
        },
        Check("concurrent applies", "layers applied at the same time are each whole") { it in
            let blob = try memoryFile(manyFiles)
            try it.bench.parallel(4) { wire, client in
                let mounts = try wire.call(SnapshotPrepare(key: "a\(client)")).mounts
                let request = DifferApply(mediaType: Self.layerType, key: "a\(client)", mounts: mounts)
                try wire.call(request, descriptors: [blob])
            }
            for client in 0..<4 {
                let mount = try DetachedMount(try it.prepare("a\(client)"))
                try require(try mount.read("folder-3/file-399") == "399", "a\(client) has other content")
            }
        },
        Check("cancelled apply", "a cancelled apply has happened or not: repeated, it unpacks the layer") { it in
            let (wire, blob, mounts) = (try it.bench.session, try memoryFile(manyFiles), try it.prepare("a"))
            let request = DifferApply(mediaType: Self.layerType, key: "a", mounts: mounts)
            for round in 0..<8 {
                // Several at once: those that wait for each other are answered before they would begin.
                let ids = try (0..<4).map { _ in try wire.send(request, descriptors: [blob]) }
                for id in ids { try wire.cancel(id) }
                for id in ids { _ = try wire.outcome(of: JSON(id)) }
                try it.call(request, descriptors: [blob])
                let content = try DetachedMount(mounts).read("folder-3/file-399")
                try require(content == "399", "other content in round \(round)")
            }
        },
        Check("progress", "progress of apply is a growing number of bytes of the blob, at most its size") { it in
            var tar = TarBuilder()
            for number in 0..<8 { tar.file("f\(number)", String(repeating: "x", count: 1 << 20)) }
            let (wire, mounts) = (try it.bench.session, try it.prepare("a"))
            let request = DifferApply(mediaType: Self.layerType, key: "a", mounts: mounts)
            let blob = try memoryFile(tar.finished())
            let id = try wire.send(request, descriptors: [blob], members: [("progress", "token")])
            _ = try wire.reply(to: DifferApply.self, id: id)
            try wire.requireProgress(token: "token", upTo: Int64(tar.finished().count))
        },
        Check("leaks", "applied layers leave no descriptor and no file behind, refused ones neither") { it in
            let (good, bad) = (try memoryFile(manyFiles), try memoryFile(Array(manyFiles.prefix(2000))))
            try it.bench.leaks(cycles: 12) { _ in
                let mounts = try it.prepare("a")
                let request = DifferApply(mediaType: Self.layerType, key: "a", mounts: mounts)
                do { try it.call(request, descriptors: [bad]) } catch is BerthError {}
                try it.call(request, descriptors: [good])
                try it.call(SnapshotRemove(key: "a"))
                try it.call(SnapshotCleanup())
            }
        },
    ]

    static let layerType = "application/vnd.oci.image.layer.v1.tar"

    /// Four folders with a hundred files each.
    private static let manyFiles: [UInt8] = {
        var tar = TarBuilder()
        for number in 0..<400 {
            if number % 100 == 0 { tar.folder("folder-\(number / 100)") }
            tar.file("folder-\(number / 100)/file-\(number)", "\(number)")
        }
        return tar.finished()
    }()

    func requireKeys(_ keys: [String]) throws {
        let found = try call(SnapshotList()).map(\.key).sorted()
        try require(found == keys, "list has \(found), not \(keys)")
    }
}
