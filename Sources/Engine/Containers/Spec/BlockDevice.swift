import BerthAPI
import LinuxSystem

/// A block device of the host that a limit names.
struct BlockDevice: Hashable {
    var major: Int64
    var minor: Int64

    /// - Throws: `invalidArgument` for what is not there or is none.
    init(_ path: String) throws {
        let device: HostDevice?
        do {
            device = try HostDevice(at: path)
        } catch {
            throw BerthError(.invalidArgument, "device \(path): \(error.errno)")
        }
        guard let device, device.kind == .block else {
            throw BerthError(.invalidArgument, "\(path) is not a block device")
        }
        major = Int64(device.major)
        minor = Int64(device.minor)
    }
}
