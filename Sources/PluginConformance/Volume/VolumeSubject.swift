import BerthAPI
import JSONRPC
import LinuxSystem

/// A volume driver, and the steps that several checks take.
struct VolumeSubject {
    let bench: Bench

    init(_ bench: Bench) { self.bench = bench }

    static var table: [Check<VolumeSubject>] { contract + uses + faults }

    @discardableResult
    func call<M: Method>(_ method: M) throws -> M.Result { try bench.call(method) }

    @discardableResult
    func create(_ name: String) throws -> VolumeDriverInfo { try call(VolumeDriverCreate(volume: name)) }

    func remove(_ name: String) throws { try call(VolumeDriverRemove(volume: name)) }

    @discardableResult
    func mount(_ name: String, _ container: String) throws -> Mount {
        try call(VolumeMount(volume: name, container: container)).mount
    }

    func unmount(_ name: String, _ container: String) throws {
        try call(VolumeUnmount(volume: name, container: container))
    }

    func names() throws -> [String] { try call(VolumeDriverList()).map(\.volume).sorted() }

    /// The folder in which the volume's content is reached on this host, for drivers whose mounts are binds.
    func folder(_ name: String) throws -> String {
        let mount = try mount(name, "reader")
        defer { try? unmount(name, "reader") }
        guard mount.type == "bind" || mount.options.contains(where: { $0 == "bind" || $0 == "rbind" }) else {
            throw Skip("the volume's content cannot be reached: its mount is of type \(mount.type)")
        }
        try require(fileExists(mount.source), "the mount's source \(mount.source) is not there")
        return mount.source
    }

    /// The volume does not exist: neither asking nor using it succeeds.
    func requireGone(_ name: String) throws {
        try requireError(.notFound, in: "inspect of \(name)") { try call(VolumeDriverInspect(volume: name)) }
        try requireError(.notFound, in: "mount of \(name)") { try mount(name, "c") }
        try require(try !names().contains(name), "list has \(name)")
    }
}
