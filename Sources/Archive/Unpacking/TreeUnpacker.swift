import LinuxSystem

/// Unpacks a tar stream into a folder of a tree that somebody uses: links on the way lead where they lead a process
/// whose root the tree's is, and never further. What is there is replaced, but for a folder by something else or
/// something else by a folder.
public struct TreeUnpacker {
    private let owner: FileOwner
    private let limits: LayerLimits

    public init(owner: FileOwner, limits: LayerLimits = LayerLimits()) {
        self.owner = owner
        self.limits = limits
    }

    /// - Parameters:
    ///   - input: a pipe, socket or file, read from its offset to its end.
    ///   - root: the tree's root, an open folder.
    ///   - base: the folder, as a path from the root.
    ///   - progress: is given the bytes read so far; what it throws ends the work.
    /// - Throws: `LayerError`, or what `progress` threw. What was unpacked before stays.
    public func unpack(
        _ input: CInt, root: CInt, into base: BytePath, progress: @escaping (Int64) throws -> Void = { _ in }
    ) throws {
        let writer = try EntryWriter(root: root, base: base, owner: owner, limits: limits)
        let stream = DescriptorStream(input)
        let reader = try TarReader(stream) { try progress(stream.count) }
        while let entry = try reader.next() {
            let name = entry.name
            do {
                try writer.write(entry, named: name, from: reader)
            } catch let error as SystemError where error.errno == .isDirectory {
                throw LayerError(
                    .refused, "cannot overwrite a directory with a non-directory", entry: name.description)
            } catch let error as SystemError {
                throw LayerError(error, entry: name.description)
            } catch var error as LayerError {
                error.entry = name.description
                throw error
            }
        }
        try reader.finish()
        do { try writer.finish() } catch { throw LayerError(error, entry: nil) }
    }
}

/// A tar stream as it comes from a descriptor.
private final class DescriptorStream: TarStream {
    private let input: CInt
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// Bytes read so far.
    private(set) var count: Int64 = 0

    init(_ input: CInt) { self.input = input }

    deinit { buffer.deallocate() }

    func next(returning held: Bool) throws(LayerError) -> UnsafeRawBufferPointer? {
        do {
            let filled = try StandardStream.read(from: input, into: buffer)
            count += Int64(filled)
            return filled == 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        } catch {
            throw LayerError(error, entry: nil)
        }
    }
}
