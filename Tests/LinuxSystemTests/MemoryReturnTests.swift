import LinuxSystem
import Synchronization
import Testing

struct MemoryReturnTests {
    @Test func memoryIsGivenBackOnceAfterManyCallsAndAgainAfterMore() throws {
        let loop = try EventLoop()
        let given = Mutex<[MonotonicTime]>([])
        let memory = MemoryReturn(loop: loop) { given.withLock { $0.append(.now) } }
        memory.workEnded()
        // A call that ends meanwhile puts it off.
        let second = Mutex(MonotonicTime(nanoseconds: 0))
        loop.schedule(after: .milliseconds(500)) {
            second.withLock { $0 = .now }
            memory.workEnded()
        }
        loop.run { given.withLock { $0.count } == 1 }
        #expect(try #require(given.withLock { $0.first }) - second.withLock { $0 } >= .seconds(1))
        memory.workEnded()
        loop.run { given.withLock { $0.count } == 2 }
    }
}
