import Archive

/// A stream's bytes, to be looked at before they are taken.
final class ArchiveInput {
    private let stream: any TarStream
    private var holdsPiece = false
    /// What is left of the stream's piece.
    private var piece = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Bytes that were looked at and come before the piece.
    private let head = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 64)
    private var headRange = 0..<0

    init(_ stream: any TarStream) { self.stream = stream }

    deinit { head.deallocate() }

    /// Some bytes; none only at the end. Valid until the next call.
    func available() throws(LayerError) -> UnsafeMutableRawBufferPointer {
        if !headRange.isEmpty { return UnsafeMutableRawBufferPointer(rebasing: head[headRange]) }
        if piece.isEmpty { try takePiece() }
        return piece
    }

    func consume(_ count: Int) {
        if headRange.isEmpty {
            piece = UnsafeMutableRawBufferPointer(rebasing: piece[count...])
        } else {
            headRange = headRange.lowerBound + count..<headRange.upperBound
        }
    }

    /// The next bytes, fewer than `count` (at most 512) only before the end. They are not taken.
    func peek(_ count: Int) throws(LayerError) -> UnsafeRawBufferPointer {
        if headRange.lowerBound > 0 {
            UnsafeMutableRawBufferPointer(rebasing: head[..<headRange.count]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: head[headRange]))
            headRange = 0..<headRange.count
        }
        while headRange.count < count {
            if piece.isEmpty { try takePiece() }
            if piece.isEmpty { break }
            let more = min(count - headRange.count, piece.count)
            UnsafeMutableRawBufferPointer(rebasing: head[headRange.count...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: piece[..<more]))
            piece = UnsafeMutableRawBufferPointer(rebasing: piece[more...])
            headRange = 0..<headRange.count + more
        }
        return UnsafeRawBufferPointer(rebasing: head[..<min(count, headRange.count)])
    }

    private func takePiece() throws(LayerError) {
        let next = try stream.next(returning: holdsPiece)
        holdsPiece = next != nil
        piece = UnsafeMutableRawBufferPointer(mutating: next ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }
}
