import LinuxSystem

/// A tar stream as it comes from a descriptor.
package final class DescriptorStream: TarStream {
    private let input: CInt
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// Bytes read so far.
    package private(set) var count: Int64 = 0

    package init(_ input: CInt) { self.input = input }

    deinit { buffer.deallocate() }

    package func next(returning held: Bool) throws(LayerError) -> UnsafeRawBufferPointer? {
        do {
            let filled = try StandardStream.read(from: input, into: buffer)
            count += Int64(filled)
            return filled == 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        } catch {
            throw LayerError(error, entry: nil)
        }
    }
}
