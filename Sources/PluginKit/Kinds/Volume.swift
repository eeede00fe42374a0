import BerthAPI
import JSONRPC

/// What a volume driver does; the semantics are those of the methods in BerthAPI's `Kinds/Volume.swift`.
///
/// Calls come from several threads at once, for the same volume too.
public protocol VolumeDriver: Sendable {
    func create(_ request: VolumeDriverCreate) throws -> VolumeDriverInfo
    func remove(_ volume: String) throws
    func mount(_ volume: String, container: String) throws -> Mount
    func unmount(_ volume: String, container: String) throws
    func inspect(_ volume: String) throws -> VolumeDriverInfo
    func list() throws -> [VolumeDriverInfo]
    func usage(_ volume: String) throws -> VolumeUsage.Result
    /// - Parameter uses: volume → containers.
    /// - Returns: volumes that the driver holds and the core does not name.
    func reconcile(_ uses: [String: [String]]) throws -> [String]
}

extension Plugin where Driver: VolumeDriver {
    /// Answers the methods of the kind `volume`.
    public func serveVolume() {
        on(VolumeDriverCreate.self) { driver, request, _ in try driver.create(request) }
        on(VolumeDriverRemove.self) { driver, request, _ in
            try driver.remove(request.volume)
            return Empty()
        }
        on(VolumeMount.self) { driver, request, _ in
            VolumeMount.Result(mount: try driver.mount(request.volume, container: request.container))
        }
        on(VolumeUnmount.self) { driver, request, _ in
            try driver.unmount(request.volume, container: request.container)
            return Empty()
        }
        on(VolumeDriverInspect.self) { driver, request, _ in try driver.inspect(request.volume) }
        on(VolumeDriverList.self) { driver, _, _ in try driver.list() }
        on(VolumeUsage.self) { driver, request, _ in try driver.usage(request.volume) }
        on(VolumeReconcile.self) { driver, request, _ in
            VolumeReconcile.Result(unknown: try driver.reconcile(request.uses))
        }
    }
}
