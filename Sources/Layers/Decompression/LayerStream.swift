import Archive
import Hashing
import LinuxSystem
import OCISpec

/// The tar stream of a blob, decompressed and hashed by a thread of its own while the caller writes files: a ring of
/// buffers of fixed size lies between them.
final class LayerStream: TarStream, Sendable {
    /// 2 MiB in all: they stay in the cache that the two threads share.
    private static let slots = 8
    private static let slotSize = 256 << 10

    fileprivate struct State {
        /// Bytes in each slot that is filled, in order; the first is the one that the reader holds.
        var filled: [Int] = []
        var produced = 0
        var ended = false
        var failure: LayerError?
        var abandoned = false
        var producerLeft = false
    }

    /// The digest and the length of the whole stream.
    struct Summary: Sendable {
        var diffID: Digest
        var size: Int64
    }

    private let state = Monitor(State())
    private let memory: SendableBuffer
    private let summary = Monitor<Summary?>(nil)
    private let limits: LayerLimits

    /// Starts to decompress. `abandon` must be called before the blob is closed.
    init(
        _ blob: CInt, mediaType: String, limits: LayerLimits, progress: ByteCounter
    ) throws(LayerError) {
        memory = SendableBuffer(Self.slots * Self.slotSize)
        self.limits = limits
        do {
            try Thread.spawn(name: "inflate") { [self] in
                produceAll(blob, mediaType, progress)
            }
        } catch {
            throw LayerError(error, entry: nil)
        }
    }

    // MARK: The reader's side

    /// Gives the last piece back and takes the next; nil at the end. Valid until the next call.
    func next(returning held: Bool) throws(LayerError) -> UnsafeRawBufferPointer? {
        if held {
            state.withLock { $0.release() }
            state.wakeAll()
        }
        let found = state.wait { state -> Piece? in
            if let failure = state.failure { return .failed(failure) }
            if let count = state.filled.first {
                return .piece(slot: (state.produced - state.filled.count) % Self.slots, count: count)
            }
            return state.ended ? .end : nil
        }
        switch found! {
        case .piece(let slot, let count): return UnsafeRawBufferPointer(rebasing: bytes(slot)[..<count])
        case .end: return nil
        case .failed(let error): throw error
        }
    }

    /// To be asked once the whole stream has been read.
    var result: Summary { summary.withLock { $0! } }

    /// Waits until the decompressor has stopped: after that the blob may be closed.
    func abandon() {
        state.withLock { $0.abandoned = true }
        state.wakeAll()
        _ = state.wait { $0.producerLeft ? true : nil }
    }

    private enum Piece: Sendable {
        case piece(slot: Int, count: Int)
        case end
        case failed(LayerError)
    }

    // MARK: The decompressor's side

    private func produceAll(_ blob: CInt, _ mediaType: String, _ progress: ByteCounter) {
        var failure: LayerError?
        do {
            let source = try LayerCompression.open(BlobReader(blob, progress: progress), mediaType: mediaType)
            let result = try produce(from: source)
            summary.withLock { $0 = result }
        } catch {
            failure = error
        }
        state.withLock {
            $0.failure = failure
            $0.ended = true
            $0.producerLeft = true
        }
        state.wakeAll()
    }

    private func produce(from source: any Decompressor) throws(LayerError) -> Summary? {
        var hash = SHA256()
        var size: Int64 = 0
        while let slot = freeSlot() {
            let buffer = bytes(slot)
            let count = try source.read(into: buffer)
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            size += Int64(count)
            guard size <= limits.streamSize else {
                throw LayerError(.tooLarge, "the tar stream has more than \(limits.streamSize) bytes")
            }
            if count > 0 { fill(count) }
            if count < buffer.count { return Summary(diffID: hash.finalize(), size: size) }
        }
        return nil
    }

    private func freeSlot() -> Int? {
        let slot = state.wait { state -> Int? in
            if state.abandoned { return -1 }
            return state.filled.count < Self.slots ? state.produced % Self.slots : nil
        }
        return slot == -1 ? nil : slot
    }

    private func fill(_ count: Int) {
        state.withLock {
            $0.filled.append(count)
            $0.produced += 1
        }
        state.wakeAll()
    }

    private func bytes(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        let start = slot * Self.slotSize
        return UnsafeMutableRawBufferPointer(rebasing: memory.bytes[start..<start + Self.slotSize])
    }
}

extension LayerStream.State {
    fileprivate mutating func release() { filled.removeFirst() }
}

/// Memory that two threads use in turn.
private final class SendableBuffer: @unchecked Sendable {
    // Sendable because a slot belongs to one side at a time, by the ring's counters under the stream's lock.
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }

    deinit { bytes.deallocate() }
}
