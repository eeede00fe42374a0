import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension VolumeSubject {
    static let faults: [Check<VolumeSubject>] = [
        Check("concurrent creates", "many clients that make one volume get one answer") { it in
            let answers = Monitor<Set<VolumeDriverInfo>>([])
            try it.bench.parallel(12) { wire, _ in
                let made = try wire.call(VolumeDriverCreate(volume: "data"))
                answers.withLock { _ = $0.insert(made) }
            }
            try require(answers.withLock { $0.count } == 1, "\(answers.withLock { $0.count }) different answers")
            try require(try it.names() == ["data"], "list has \(try it.names())")
        },
        Check("concurrent lives", "many clients that make, mount, unmount and remove volumes do not disturb each other")
        {
            it in
            try it.create("shared")
            try it.bench.parallel(8) { wire, client in
                for round in 0..<5 {
                    let (name, container) = ("v\(client)-\(round)", "c\(client)")
                    try wire.call(VolumeDriverCreate(volume: name))
                    for volume in [name, "shared"] {
                        try wire.call(VolumeMount(volume: volume, container: container))
                        try wire.call(VolumeUnmount(volume: volume, container: container))
                    }
                    try wire.call(VolumeDriverRemove(volume: name))
                }
            }
            try require(try it.names() == ["shared"], "list has \(try it.names())")
            try it.remove("shared")
        },
        Check("cancelled calls", "a cancelled create has happened or not: repeated, it answers as usual") { it in
            let wire = try it.bench.session
            for number in 0..<20 {
                let request = VolumeDriverCreate(volume: "v\(number)")
                let id = try wire.send(request)
                try wire.cancel(id)
                _ = try wire.outcome(of: JSON(id))
                try require(try wire.call(request) == wire.call(request), "two answers differ")
                try it.remove("v\(number)")
            }
            try require(try it.names().isEmpty, "list has \(try it.names())")
        },
        Check("late calls", "a create that was given up does not begin late: what was removed after it stays removed") {
            it in
            for round in 0..<16 {
                try it.bench.giveUp(
                    VolumeDriverCreate(volume: "late"), then: VolumeDriverRemove(volume: "late"), round: round)
                try require(try it.names().isEmpty, "list has \(try it.names())")
            }
        },
        Check("crash in create", "create, killed at any moment and repeated, makes the volume") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    call: { VolumeDriverCreate(volume: "v\($0)") },
                    verify: { round, made in
                        try require(try it.call(VolumeDriverInspect(volume: "v\(round)")) == made, "inspect differs")
                        try it.remove("v\(round)")
                        try require(try it.names().isEmpty, "list has \(try it.names())")
                    }))
        },
        Check("crash in remove", "remove, killed at any moment and repeated, removes the volume") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try it.create("v\($0)") }, call: { VolumeDriverRemove(volume: "v\($0)") },
                    verify: { round, _ in try it.requireGone("v\(round)") }))
        },
        Check("crash in mount", "mount, killed at any moment and repeated, counts once") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try it.create("v\($0)") }, call: { VolumeMount(volume: "v\($0)", container: "c") },
                    verify: { round, _ in
                        try it.unmount("v\(round)", "c")
                        try it.remove("v\(round)")
                    }))
        },
        Check("crash in unmount", "unmount, killed at any moment and repeated, takes one use away") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { round in
                        try it.create("v\(round)")
                        for container in ["c", "other"] { try it.mount("v\(round)", container) }
                    }, call: { VolumeUnmount(volume: "v\($0)", container: "c") },
                    verify: { round, _ in
                        try requireError(.failedPrecondition, in: "remove while another has it") {
                            try it.remove("v\(round)")
                        }
                        try it.unmount("v\(round)", "other")
                        try it.remove("v\(round)")
                    }))
        },
        Check("crash in reconcile", "reconcile, killed at any moment and repeated, ends the same") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { round in
                        for name in ["a\(round)", "b\(round)"] {
                            try it.create(name)
                            try it.mount(name, "gone")
                        }
                    }, call: { VolumeReconcile(uses: ["a\($0)": []]) },
                    verify: { round, result in
                        try require(result.unknown == ["b\(round)"], "unknown are \(result.unknown)")
                        for name in ["a\(round)", "b\(round)"] { try it.remove(name) }
                    }))
        },
        Check("leaks", "lives of volumes leave no descriptor, process, mount or file behind") { it in
            try it.bench.leaks { round in
                try it.create("v\(round)")
                try it.mount("v\(round)", "c")
                _ = try it.call(VolumeUsage(volume: "v\(round)"))
                _ = try? it.create("")
                try it.unmount("v\(round)", "c")
                try it.remove("v\(round)")
            }
        },
    ]
}
