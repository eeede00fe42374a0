import BerthAPI
import LinuxSystem
import SeccompFilter

extension PluginManifest.Privileges {
    static let defaultLimits = PluginManifest.Limits(memory: 512 << 20, processes: 256)

    /// Below this no plugin starts.
    private static let leastMemory: Int64 = 8 << 20

    /// Why they cannot be granted; nil when they can. Nothing unknown is passed over: what is not understood is not
    /// enforced either.
    public var flaw: String? {
        if let name = capabilities.first(where: { !CapabilityNames.all.contains($0) }) {
            return "capabilities: unknown \(name)"
        }
        if network != "none", network != "host" { return "network: none or host expected" }
        if let path = devices.first(where: { !$0.hasPrefix("/dev/") || !DeclaredPath.isPlain($0) }) {
            return "devices: a path below /dev expected, not \(path)"
        }
        if let entry = paths.first(where: { DeclaredPath($0) == nil }) {
            return "paths: an absolute path or configuration:NAME expected, not \(entry)"
        }
        if let path = (mounts ?? []).first(where: { $0 != "/" && !DeclaredPath.isPlain($0) }) {
            return "mounts: an absolute path expected, not \(path)"
        }
        if let call = (systemCalls ?? []).first(where: { !SeccompFilter.privilegedCalls.contains($0) }) {
            return "systemCalls: \(call) is not one that is granted one by one"
        }
        if let memory = limits?.memory, memory < Self.leastMemory { return "limits.memory: at least 8 MiB expected" }
        if let processes = limits?.processes, processes < 1 { return "limits.processes: at least 1 expected" }
        return nil
    }
}
