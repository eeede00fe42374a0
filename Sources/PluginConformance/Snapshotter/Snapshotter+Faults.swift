import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension SnapshotterSubject {
    static let faults: [Check<SnapshotterSubject>] = [
        Check("survives SIGKILL", "snapshots, their labels and their content are the same after a crash") { it in
            try it.commit("base", files: [("f", "base")])
            let mounts = try it.prepare("a", on: "base")
            try DetachedMount(mounts).write("g", "active")
            try it.call(SnapshotUpdate(key: "a", labels: ["x": "y"]))
            let before = try it.call(SnapshotList()).sorted { $0.key < $1.key }
            try it.bench.restart()
            let after = try it.call(SnapshotList()).sorted { $0.key < $1.key }
            try require(before == after, "\(before), then \(after)")
            try require(try it.prepare("a", on: "base") == mounts, "prepare answers other mounts")
            let mount = try DetachedMount(mounts)
            try require(try mount.read("f") == "base" && mount.read("g") == "active", "other content")
        },
        Check("keys touch nothing outside", "removing keys that look like paths removes nothing outside") { it in
            let sentinel = "\(it.bench.directory)/state-of-others"
            try makeDirectory(sentinel)
            for key in ["../state-of-others", "../../state-of-others", "../../../state-of-others", sentinel] {
                do { try it.call(SnapshotRemove(key: key)) } catch is BerthError {}
            }
            for key in HostileNames.paths + HostileNames.odd {
                do {
                    _ = try it.prepare(key)
                } catch let error as BerthError where error.kind == .invalidArgument {
                    continue
                }
                let keys = try it.call(SnapshotList()).map(\.key)
                try require(keys == [key], "list has \(keys), not '\(key)'")
                try it.call(SnapshotRemove(key: key))
            }
            try require(fileExists(sentinel), "a folder outside was removed")
            try removeDirectory(sentinel)
        },
        Check("wrong parameters", "parameters that are missing or of the wrong type are an error") { it in
            let wire = try it.bench.session
            for method in [SnapshotPrepare.name, SnapshotView.name, SnapshotCommit.name, SnapshotRemove.name] {
                try wire.callExpectingError(method, [:], "\(method) without parameters")
                try wire.callExpectingError(method, ["key": 7, "snapshot": 7], "\(method) of a number")
            }
            try wire.callExpectingError(SnapshotList.name, ["kind": "frozen"], "list of a kind that is none")
            try it.bench.requireAlive(wire, after: "wrong parameters")
        },
        Check("concurrent prepares", "many clients that prepare one key get one snapshot") { it in
            let answers = Monitor<[[Mount]]>([])
            try it.bench.parallel(12) { wire, _ in
                let mounts = try wire.call(SnapshotPrepare(key: "same")).mounts
                answers.withLock { $0.append(mounts) }
            }
            try require(Set(answers.withLock { $0 }).count == 1, "different mounts were answered")
            try require(try it.call(SnapshotList()).map(\.key) == ["same"], "list has other snapshots")
        },
        Check("concurrent lives", "many clients that prepare, commit and remove do not disturb each other") { it in
            try it.commit("base", files: [("f", "base")])
            try it.bench.parallel(8) { wire, client in
                for round in 0..<3 {
                    let key = "\(client)-\(round)"
                    try wire.call(SnapshotPrepare(key: key, parent: "base"))
                    try wire.call(SnapshotCommit(snapshot: "c\(key)", key: key))
                    try wire.call(SnapshotView(key: "v\(key)", parent: "c\(key)"))
                    try wire.call(SnapshotRemove(key: "v\(key)"))
                    try wire.call(SnapshotRemove(key: "c\(key)"))
                }
            }
            let keys = try it.call(SnapshotList()).map(\.key)
            try require(keys == ["base"], "list has \(keys)")
        },
        Check("cancelled calls", "a cancelled prepare has happened or not: repeated, it answers as usual") { it in
            let wire = try it.bench.session
            for number in 0..<20 {
                let request = SnapshotPrepare(key: "a\(number)")
                let id = try wire.send(request)
                try wire.cancel(id)
                _ = try wire.outcome(of: JSON(id))
                try require(try wire.call(request).mounts == wire.call(request).mounts, "two answers differ")
                try it.call(SnapshotRemove(key: "a\(number)"))
            }
        },
        Check("late calls", "a prepare that was given up does not begin late: what was removed after it stays removed")
        {
            it in
            for round in 0..<16 {
                try it.bench.giveUp(SnapshotPrepare(key: "late"), then: SnapshotRemove(key: "late"), round: round)
                let keys = try it.call(SnapshotList()).map(\.key)
                try require(keys.isEmpty, "list has \(keys)")
            }
        },
        Check("leaks", "lives of snapshots leave no descriptor, process, mount or file behind") { it in
            try it.bench.leaks { round in
                try it.commit("base\(round)")
                _ = try it.prepare("a", on: "base\(round)")
                _ = try it.view("v", of: "base\(round)")
                for key in ["a", "v", "base\(round)"] { try it.call(SnapshotRemove(key: key)) }
                try it.call(SnapshotCleanup())
            }
        },
    ]
}
