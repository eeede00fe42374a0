import JSON
import LinuxSystem
import Synchronization

/// Stands on the wire between the core and a plugin, in the daemon's test mode: what each side writes goes through here
/// line by line, with its descriptors, and meets the faults that were asked for.
final class WireRelay: Sendable {
    enum Side: Sendable { case requests, answers }

    private let core: SharedDescriptor
    private let plugin: SharedDescriptor
    private let faults: WireFaults

    /// Connects to a plugin's socket.
    ///
    /// - Returns: the core's end.
    static func connect(to path: String, _ faults: WireFaults) throws -> Descriptor {
        let (ours, theirs) = try UnixSocket.pair().take { ($0.shared(), $1.shared()) }
        let plugin = try UnixSocket.connect(to: path).shared()
        for socket in [ours, plugin] { try UnixSocket.setBlocking(socket.raw) }
        let relay = WireRelay(core: ours, plugin: plugin, faults)
        try Thread.spawn(name: "wire-requests") { relay.run(.requests) }
        try Thread.spawn(name: "wire-answers") { relay.run(.answers) }
        return try theirs.duplicate()
    }

    private init(core: SharedDescriptor, plugin: SharedDescriptor, _ faults: WireFaults) {
        self.core = core
        self.plugin = plugin
        self.faults = faults
    }

    private func run(_ side: Side) {
        let (from, to) = side == .requests ? (core, plugin) : (plugin, core)
        // What went wrong here is what the faults are for: both sides see the end.
        try? relay(side, from.raw, to.raw)
        for socket in [core, plugin] { try? UnixSocket.shutdown(socket.raw) }
    }

    private func relay(_ side: Side, _ from: CInt, _ to: CInt) throws {
        let area = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { area.deallocate() }
        var (held, descriptors) = ([UInt8](), [SharedDescriptor]())
        while let count = try UnixSocket.receive(from, into: area, descriptors: &descriptors), count > 0 {
            held += area[..<count]
            var start = 0
            while let newline = held[start...].firstIndex(of: 0x0a) {
                guard try pass(Array(held[start...newline]), side, to, &descriptors) else { return }
                start = newline + 1
            }
            held.removeFirst(start)
            // A line that has no end is for the other side to refuse.
            if held.count > Self.longest {
                try send(held, [], to)
                held = []
            }
        }
    }

    private static let longest = 8 << 20

    /// - Returns: false when the wire is cut.
    private func pass(
        _ line: [UInt8], _ side: Side, _ to: CInt, _ descriptors: inout [SharedDescriptor]
    ) throws -> Bool {
        let message = try? JSON(parsing: line)
        let count = min(message?["descriptors"]?.int.map { Int(clamping: $0) } ?? 0, descriptors.count)
        let own = Array(descriptors.prefix(max(0, count)))
        descriptors.removeFirst(own.count)
        switch faults.meets(message, side) {
        case .none: try send(line, own, to)
        case .drop: break
        case .duplicate:
            try send(line, own, to)
            try send(line, own, to)
        case .corrupt:
            var line = line
            // No byte of UTF-8 is this one (RFC 3629, section 1).
            line[line.count / 2] = 0xff
            try send(line, own, to)
        case .cut:
            try send(Array(line[..<(line.count / 2)]), own, to)
            return false
        }
        return true
    }

    private func send(_ bytes: [UInt8], _ descriptors: [SharedDescriptor], _ to: CInt) throws {
        try withExtendedLifetime(descriptors) {
            try bytes.withUnsafeBytes { bytes in
                var sent = try UnixSocket.send(to, bytes, descriptors: descriptors.map(\.raw)) ?? 0
                while sent < bytes.count {
                    sent += try UnixSocket.send(to, UnsafeRawBufferPointer(rebasing: bytes[sent...])) ?? 0
                }
            }
        }
    }
}
