import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension LogSubject {
    static let faults: [Check<LogSubject>] = [
        Check("many containers", "the logs of many containers at once are whole, while others read") { it in
            try it.bench.parallel(8) { wire, client in
                let container = "c\(client)"
                let stream = try open(wire, container)
                var sequence: UInt64 = 0
                for number in 0..<100 {
                    let line = "\(client) \(number)\n"
                    try stream.write(line, at: sequence)
                    sequence += UInt64(line.utf8.count)
                    if number % 25 == 0 { _ = try reader(wire, LogRead(container: container)).all() }
                }
                try stream.end(at: sequence)
                try wire.call(LogClose(container: container))
                let lines = try reader(wire, LogRead(container: container)).all().map(\.text)
                try requireEqual(lines, (0..<100).map { "\(client) \($0)\n" }, "the log of \(container)")
                try wire.call(LogRemove(container: container))
            }
        },
        Check("SIGKILL keeps lines", "what was acknowledged is there after a crash, once, in the middle of a line too")
        {
            it in
            var stream = try it.open()
            try stream.write("one\ntw", at: 0)
            try stream.write("err", at: 6, stream: 2)
            try it.bench.restart()
            stream = try it.open()
            try require(stream.resumed == 9, "it goes on from \(stream.resumed), and 9 bytes were acknowledged")
            try stream.write("o\n", at: 9)
            try stream.write("or\n", at: 11, stream: 2)
            let lines = try it.reader(LogRead(container: name)).all()
            try requireEqual(lines.filter { $0.stream == 1 }.map(\.text), ["one\n", "two\n"], "stdout")
            try requireEqual(lines.filter { $0.stream == 2 }.map(\.text), ["error\n"], "stderr")
        },
        Check("SIGKILL at any moment", "killed again and again while lines come, it has every line once") { it in
            let payload = (0..<5000).flatMap { Array("line \($0) \(String(repeating: "x", count: $0 % 97))\n".utf8) }
            var (position, round) = (0, 0)
            while position < payload.count {
                let stream = try it.open()
                let resumed = Int(stream.resumed)
                try require(resumed >= position, "\(position) bytes were acknowledged, and \(resumed) are stored")
                try require(resumed <= payload.count, "it goes on from \(resumed), behind the end")
                position = resumed
                // Few enough that the socket takes them before the driver reads.
                let end = min(position + 60_000, payload.count)
                for start in stride(from: position, to: end, by: 7001) {
                    let piece = Array(payload[start..<min(start + 7001, end)])
                    try stream.send(LogStream.frame(piece, at: UInt64(start)))
                }
                for _ in 0...round % 5 where stream.acknowledged < UInt64(end) {
                    _ = try stream.takeAcknowledgement()
                }
                position = Int(stream.acknowledged)
                if position < payload.count { try it.bench.restart() }
                round += 1
                try require(round < 500, "it stores nothing: \(position) bytes after \(round) rounds")
            }
            let lines = try it.reader(LogRead(container: name)).all().map(\.text)
            try require(lines.joined().utf8.elementsEqual(payload), "\(lines.count) lines of 5000, or other ones")
        },
        Check("cancelled calls", "a cancelled open has happened or not: the next one answers as usual") { it in
            let wire = try it.bench.session
            for _ in 0..<10 {
                let ends = try UnixSocket.pair().take { [$0.shared(), $1.shared()] }
                let id = try wire.send(LogOpen(container: name), descriptors: [ends[0]])
                try wire.cancel(id)
                _ = try wire.outcome(of: JSON(id))
            }
            let stream = try it.open()
            try stream.write("x\n", at: 0)
            try requireEqual(try it.lines(), ["x\n"], "read")
        },
        Check("late calls", "an open that was given up does not begin late: what was removed after it stays removed") {
            it in
            // A driver may have a process for each call, or more.
            for round in 0..<16 {
                try it.bench.giveUp(
                    LogOpen(container: "late"), then: LogRemove(container: "late"), pairs: 3, round: round
                ) {
                    try UnixSocket.pair().take { ours, theirs in [theirs.shared()] }
                }
                let found = try it.call(LogReconcile(containers: [])).removed
                try require(found.isEmpty, "there are logs of \(found)")
            }
        },
        Check("crash in open", "open, killed at any moment and repeated, gives a stream that goes on") { it in
            var ends: [SharedDescriptor] = []
            try it.bench.crashes(
                in: CrashTrial(
                    call: { LogOpen(container: "c\($0)") },
                    descriptors: { _ in
                        ends = try UnixSocket.pair().take { [$0.shared(), $1.shared()] }
                        return [ends[0]]
                    },
                    verify: { round, _ in
                        let ours = ends[1]
                        ends = []
                        let stream = try LogStream(ours, timeout: it.bench.settings.timeout)
                        try stream.write("x\n", at: stream.resumed)
                        try requireEqual(try it.lines("c\(round)"), ["x\n"], "read")
                    }))
        },
        Check("crash in close", "close, killed at any moment and repeated, ends the log") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { round in
                        let stream = try it.open("c\(round)")
                        try stream.write("x\n", at: 0)
                        try stream.end(at: 2)
                    }, call: { LogClose(container: "c\($0)") },
                    verify: { round, _ in
                        try requireEqual(try it.lines("c\(round)") { $0.follow = true }, ["x\n"], "followed")
                    }))
        },
        Check("crash in rotate", "rotate, killed at any moment and repeated, loses no line that comes after") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try it.open("c\($0)").write("old\n", at: 0) }, call: { LogRotate(container: "c\($0)") },
                    verify: { round, _ in
                        let stream = try it.open("c\(round)")
                        try require(stream.resumed == 4, "it goes on from \(stream.resumed), not 4")
                        try stream.write("new\n", at: 4)
                        try requireEqual(try it.lines("c\(round)") { $0.tail = 1 }, ["new\n"], "the last line")
                    }))
        },
        Check("crash in remove", "remove, killed at any moment and repeated, removes the log") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try it.write("x\n", to: "c\($0)") }, call: { LogRemove(container: "c\($0)") },
                    verify: { round, _ in try requireEqual(try it.lines("c\(round)"), [], "read") }))
        },
        Check("crash in reconcile", "reconcile, killed at any moment and repeated, leaves what is named") { it in
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { round in
                        for container in ["kept", "c\(round)"] { try it.write("x\n", to: container) }
                    }, call: { _ in LogReconcile(containers: ["kept"]) },
                    verify: { round, _ in
                        try requireEqual(try it.lines("c\(round)"), [], "the removed log")
                        try require(try !it.lines("kept").isEmpty, "the log that should stay is gone")
                    }))
        },
        Check("leaks", "lives of logs leave no descriptor, process or file behind") { it in
            try it.bench.leaks { round in
                let stream = try it.open("c\(round)")
                try stream.write("x\n", at: 0)
                let follower = try it.reader(LogRead(container: "c\(round)", follow: true))
                try stream.end(at: 2)
                try it.close("c\(round)")
                _ = try follower.all()
                try it.remove("c\(round)")
            }
        },
    ]
}
