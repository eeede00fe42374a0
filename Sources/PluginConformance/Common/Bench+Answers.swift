import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension Bench {
    /// A call of the plugin's kind that changes nothing; `plugin.stats` for kinds that the suites do not know.
    func harmlessCall() throws -> (method: String, params: JSON) {
        _ = try session
        for kind in handshake?.kinds ?? [] {
            switch kind {
            case .volume: return (VolumeDriverList.name, [:])
            case .network: return (NetworkDriverList.name, [:])
            case .snapshotter: return (SnapshotList.name, [:])
            case .log: return (LogValidate.name, ["options": [:]])
            // Refused by its name before anything is asked of a server.
            case .registry: return (RegistryTags.name, ["target": ["domain": "", "repository": ""]])
            default: continue
            }
        }
        return (PluginStats.name, [:])
    }

    /// The process lives and serves: on this connection, or on a new one.
    func requireAlive(_ wire: Wire? = nil, after what: String) throws {
        do {
            try (wire ?? connect()).ping()
        } catch let violation as Violation {
            throw Violation("after \(what): \(violation)")
        }
        try require(process?.exitStatus == nil, "\(what) ended the process")
    }
}

extension Wire {
    /// Waits for an error with one of these codes, as JSON-RPC 2.0, section 5.1, gives them.
    func requireError(_ codes: Int..., to id: JSON, in what: String) throws {
        switch try outcome(of: id) {
        case .success: throw Violation("\(what) succeeded")
        case .failure(let error):
            try require(codes.contains(error.code), "\(what) was answered with the code \(error.code), not \(codes)")
        }
    }
}
