/// A timer of an event loop; see `EventLoop.schedule(after:_:)`.
public final class LoopTimer: @unchecked Sendable {
    // Sendable because `position` is only reached by the queue, under the loop's lock; the rest never changes.
    let deadline: MonotonicTime
    let action: @Sendable () -> Void
    fileprivate(set) var position = -1

    init(deadline: MonotonicTime, action: @escaping @Sendable () -> Void) {
        self.deadline = deadline
        self.action = action
    }
}

/// Timers by deadline: a binary heap in which each timer knows its place, so that cancelling costs log n.
struct TimerQueue {
    private var heap: [LoopTimer] = []

    var nextDeadline: MonotonicTime? { heap.first?.deadline }

    mutating func insert(_ timer: LoopTimer) {
        heap.append(timer)
        timer.position = heap.count - 1
        siftUp(timer.position)
    }

    /// Nothing happens when the timer has fired or was removed.
    mutating func remove(_ timer: LoopTimer) {
        let position = timer.position
        guard position >= 0 else { return }
        timer.position = -1
        let last = heap.removeLast()
        guard position < heap.count else { return }
        place(last, at: position)
        siftUp(position)
        siftDown(last.position)
    }

    /// Takes out the earliest timer if its time has come.
    mutating func popExpired(at now: MonotonicTime) -> LoopTimer? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        remove(first)
        return first
    }

    private mutating func place(_ timer: LoopTimer, at position: Int) {
        heap[position] = timer
        timer.position = position
    }

    private mutating func siftUp(_ start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard heap[position].deadline < heap[parent].deadline else { return }
            exchange(position, parent)
            position = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        while true {
            var smallest = position
            for child in [2 * position + 1, 2 * position + 2] where child < heap.count {
                if heap[child].deadline < heap[smallest].deadline { smallest = child }
            }
            guard smallest != position else { return }
            exchange(position, smallest)
            position = smallest
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        let timer = heap[first]
        place(heap[second], at: first)
        place(timer, at: second)
    }
}
