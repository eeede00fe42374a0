/// Memory that all streams of the loop use in turn, so that an idle one has none.
final class Scratch {
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    let output = OutputBuffer()

    deinit { input.deallocate() }
}
