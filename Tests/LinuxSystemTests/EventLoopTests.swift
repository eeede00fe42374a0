import Glibc
import LinuxSystem
import Synchronization
import Testing

struct EventLoopTests {
    private let patience = MonotonicTime.now + .seconds(20)

    /// What handlers did, in their order.
    private final class Record: Sendable {
        private let values = Mutex<[Int]>([])
        func add(_ value: Int) { values.withLock { $0.append(value) } }
        var all: [Int] { values.withLock { $0 } }
    }

    @Test func timersFireInTheOrderOfTheirDeadlinesAndCancelledOnesDoNot() throws {
        let loop = try EventLoop()
        let record = Record()
        var timers: [LoopTimer] = []
        let start = MonotonicTime.now + .milliseconds(50)
        let delays = [7, 3, 9, 1, 5, 8, 2, 6, 4]
        let expected = delays.enumerated().filter { $0.offset % 3 != 2 }.map(\.element)
        for (index, delay) in delays.enumerated() {
            timers.append(loop.schedule(at: start + .milliseconds(delay)) { record.add(delay) })
            if index % 3 == 2 { loop.cancel(timers[index]) }
        }
        loop.cancel(timers[2])
        loop.run { record.all.count == 6 }
        #expect(record.all == expected.sorted())
        loop.cancel(timers[0])
    }

    @Test func aTimerIsNeverEarly() throws {
        let loop = try EventLoop()
        let start = MonotonicTime.now
        let record = Record()
        loop.schedule(after: .milliseconds(15)) { record.add(1) }
        loop.run { record.all.count == 1 }
        #expect(MonotonicTime.now - start >= .milliseconds(15))
    }

    @Test func jobsFromManyThreadsAllRunAndWakeTheLoop() throws {
        let loop = try EventLoop()
        let record = Record()
        for thread in 0..<4 {
            try Thread.spawn(name: "test") {
                for job in 0..<1000 { loop.execute { record.add(thread * 1000 + job) } }
            }
        }
        loop.run { record.all.count == 4000 }
        #expect(Set(record.all).count == 4000)
        for thread in 0..<4 {
            let own = record.all.filter { $0 / 1000 == thread }
            #expect(own == own.sorted())
        }
    }

    @Test func stopWakesALoopThatWaits() throws {
        let loop = try EventLoop()
        let ended = Monitor(false)
        try Thread.spawn(name: "test") {
            loop.run()
            ended.withLock { $0 = true }
            ended.wakeAll()
        }
        loop.execute { loop.execute { loop.stop() } }
        #expect(ended.wait(until: patience) { $0 ? true : nil } == true)
    }

    @Test func anEventThatWasFetchedForAWatchThatIsGoneReachesNobody() throws {
        let loop = try EventLoop()
        let (first, second) = try UnixSocket.pair().take { ($0.shared(), $1.shared()) }
        let record = Record()
        let watches = Mutex<[Watch]>([])
        // Both ends are writable in one round; the handler that runs first takes the other one away.
        for descriptor in [first, second] {
            let watch = try loop.register(descriptor.raw, .writable) { _ in
                record.add(1)
                for watch in watches.withLock({ $0 }) { loop.deregister(watch) }
            }
            watches.withLock { $0.append(watch) }
        }
        let done = Mutex(false)
        loop.schedule(after: .milliseconds(1)) { done.withLock { $0 = true } }
        loop.run { done.withLock { $0 } }
        #expect(record.all.count == 1)
    }

    @Test func aNestedRunHandlesWhatComesMeanwhile() throws {
        let loop = try EventLoop()
        let record = Record()
        loop.execute {
            loop.schedule(after: .milliseconds(1)) { record.add(1) }
            loop.run { record.all.count == 1 }
            record.add(2)
        }
        loop.run { record.all.count == 2 }
        #expect(record.all == [1, 2])
        #expect(!loop.isCurrent)
    }

    @Test func signalsReachTheirHandlers() throws {
        let (first, second) = (CInt(SIGUSR1), CInt(SIGUSR2))
        let seen = Monitor<[CInt]>([])
        // On a thread of its own: a raised signal is the thread's, and so is the mask.
        try Thread.spawn(name: "test") {
            let record = Record()
            guard let loop = try? EventLoop() else { return }
            for signal in [first, second] {
                do { try loop.onSignal(signal) { record.add(Int(signal)) } } catch { Issue.record(error) }
            }
            raise(second)
            loop.run { record.all.count == 1 }
            raise(first)
            loop.run { record.all.count == 2 }
            seen.withLock { $0 = record.all.map { CInt($0) } }
            seen.wakeAll()
        }
        #expect(seen.wait(until: patience) { $0.isEmpty ? nil : $0 } == [second, first])
    }

    @Test func theEndOfAProcessIsReportedOnce() throws {
        let loop = try EventLoop()
        let record = Record()
        let process = try spawn(SpawnRequest(.path("/bin/sh"), arguments: ["sh", "-c", "exit 3"]))
        let pidfd = process.pidfd.raw
        try loop.watchExit(ofProcess: pidfd) { record.add(1) }
        loop.run { record.all.count == 1 }
        #expect(try ProcessDescriptor.wait(pidfd) == .exited(code: 3))
        let done = Mutex(false)
        loop.schedule(after: .milliseconds(1)) { done.withLock { $0 = true } }
        loop.run { done.withLock { $0 } }
        #expect(record.all == [1])
    }

    @Test func theTimeOfAWaitDoesNotOverflow() {
        #expect(MonotonicTime.now + .seconds(Int64.max) == .never)
        #expect(Duration.milliseconds(Int64.max).saturatedNanoseconds == .max)
        #expect(Duration.nanoseconds(1).millisecondsRoundedUp == 1)
        #expect(Duration.zero.millisecondsRoundedUp == 0)
    }
}
