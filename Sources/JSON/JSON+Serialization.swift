import CJansson

extension JSON: CustomStringConvertible {
    /// The compact text.
    public var description: String {
        String(decoding: serialized(), as: UTF8.self)
    }

    /// The text in UTF-8, compact unless asked otherwise, without a newline at its end.
    /// - Parameters:
    ///   - pretty: puts each element and member on its own line, indented by two spaces.
    ///   - sortedKeys: orders members by key instead of by insertion.
    public func serialized(pretty: Bool = false, sortedKeys: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        dump(into: &bytes, (pretty ? 2 : JSON_COMPACT) | (sortedKeys ? JSON_SORT_KEYS : 0))
        return bytes
    }

    /// Appends the compact text in UTF-8.
    public func write(into bytes: inout [UInt8]) {
        dump(into: &bytes, JSON_COMPACT)
    }

    private func dump(into bytes: inout [UInt8], _ flags: Int32) {
        let flags = Int(flags | JSON_ENCODE_ANY)
        let needed = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let size = json_dumpb(node, buffer.baseAddress, buffer.count, flags)
            if size <= buffer.count { bytes.append(contentsOf: buffer.prefix(size)) }
            return size
        }
        precondition(needed > 0, "out of memory while writing JSON")
        guard needed > 4096 else { return }
        bytes += [UInt8](unsafeUninitializedCapacity: needed) { buffer, count in
            count = json_dumpb(node, buffer.baseAddress, needed, flags)
        }
    }
}
