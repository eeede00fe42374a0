import LinuxSystem

/// The kernel's settings that a bridge network needs (Documentation/networking/ip-sysctl.rst).
struct HostSettings: Sendable {
    private static let note = "forwarding"
    private let notes: NoteStore

    init(notes: NoteStore) { self.notes = notes }

    private func folder() throws -> KernelFolder { try KernelFolder("/proc/sys/net/ipv4", [.proc]) }

    /// Lets the host forward, and remembers what it did before.
    func enableForwarding() throws {
        let folder = try folder()
        let current = try folder.read("ip_forward").prefix(1)
        if try notes.read(Self.note) == nil { try notes.write(Self.note, String(current)) }
        if current != "1" { try folder.write("ip_forward", "1") }
    }

    /// Puts forwarding back to what it was before the first network.
    func restoreForwarding() throws {
        guard let before = try notes.read(Self.note) else { return }
        if before == "0" { try folder().write("ip_forward", "0") }
        try notes.remove(Self.note)
    }

    /// Lets the host's processes reach containers from 127.0.0.1 through this bridge.
    func enableLoopbackRouting(_ bridge: InterfaceName) throws {
        try folder().write("conf/\(bridge)/route_localnet", "1")
    }
}
