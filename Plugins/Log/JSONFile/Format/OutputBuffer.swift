/// Bytes that grow at the end; the memory is kept when they are removed.
final class OutputBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 64 << 10) {
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    var isEmpty: Bool { count == 0 }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func removeAll() { count = 0 }

    /// Removes bytes at the beginning.
    func removeFirst(_ length: Int) {
        base.copyMemory(from: base + length, byteCount: count - length)
        count -= length
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    /// Appends what `body` puts into `room` bytes; it answers how many those were.
    func append<E: Error>(
        room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        reserve(room)
        let length = try body(UnsafeMutableRawBufferPointer(start: base + count, count: room))
        count += length
        return length
    }

    /// Counts bytes that were put behind the present ones, into room made before.
    func advance(_ length: Int) { count += length }

    /// Makes room for so many bytes behind the present ones.
    func reserve(_ length: Int) {
        guard count + length > capacity else { return }
        capacity = max(2 * capacity, count + length)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }
}
