import LinuxSystem
import Synchronization
import Testing

struct WorkerPoolTests {
    private struct Counters {
        var running = 0
        var most = 0
        var done = 0
        var open = false
    }

    @Test func everyJobRunsAndNoMoreThanTheMaximumAtOnce() throws {
        let pool = WorkerPool(maximum: 3, queue: 1000)
        let counters = Monitor(Counters())
        for _ in 0..<500 {
            let accepted = pool.submit {
                counters.withLock { counters in
                    counters.running += 1
                    counters.most = max(counters.most, counters.running)
                }
                counters.withLock { counters in
                    counters.running -= 1
                    counters.done += 1
                }
            }
            #expect(accepted)
        }
        #expect(pool.waitUntilIdle(until: .now + .seconds(20)))
        #expect(counters.withLock { $0.done } == 500)
        #expect(counters.withLock { $0.most } <= 3)
    }

    @Test func theQueueIsBounded() {
        let pool = WorkerPool(maximum: 2, queue: 3)
        let gate = Monitor(Counters())
        let job: WorkerPool.Job = { _ = gate.wait { $0.open ? true : nil } }
        let accepted = (0..<8).map { _ in pool.submit(job) }
        #expect(accepted == [true, true, true, true, true, false, false, false])
        gate.withLock { $0.open = true }
        gate.wakeAll()
        #expect(pool.waitUntilIdle(until: .now + .seconds(20)))
        #expect(pool.submit {})
    }

    @Test func threadsThatAreIdleEndAndNewOnesCome() {
        let pool = WorkerPool(maximum: 2, idle: .milliseconds(1))
        for _ in 0..<50 {
            let ran = Monitor(false)
            #expect(
                pool.submit {
                    ran.withLock { $0 = true }
                    ran.wakeAll()
                })
            #expect(ran.wait(until: .now + .seconds(20)) { $0 ? true : nil } == true)
        }
    }

    @Test func aClosedPoolRunsWhatItHasAndTakesNoMore() {
        let pool = WorkerPool(maximum: 1)
        let done = Mutex(0)
        for _ in 0..<10 { _ = pool.submit { done.withLock { $0 += 1 } } }
        pool.close()
        #expect(!pool.submit {})
        #expect(pool.waitUntilIdle(until: .now + .seconds(20)))
        #expect(done.withLock { $0 } == 10)
    }
}
