import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import MetadataStore
import Supervisor
import Synchronization
import Testing

@testable import Engine

/// What a start of the daemon finishes is what the last one had begun: clients begin others meanwhile.
struct RecoveryTests {
    @Test func volumes() async throws {
        try await withBus { events in
            let driver = HeldDriver()
            let left = VolumeInfo(
                name: "left", driver: "held", mountpoint: "", labels: [:], options: [:],
                createdAt: Timestamp(nanoseconds: 0), anonymous: false)
            let volumes = VolumeManager(
                events: events, plugins: driver, defaults: Self.defaults,
                records: [VolumeRecord(info: left, phase: .creating)], users: { _ in [] }, mounts: { _ in [] })
            let made = Task {
                // Also when it fails before it comes so far.
                defer { driver.isCreating.fulfil(()) }
                return try await volumes.create(VolumeCreate(name: "new"))
            }
            await driver.isCreating.value
            await volumes.recover()
            driver.go.fulfil(())
            _ = try await made.value
            #expect(try await volumes.list(filters: [:]).map(\.name) == ["new"])
            #expect(driver.calls == ["volume.create", "volume.remove"])
        }
    }

    @Test func networks() async throws {
        try await withBus { events in
            let driver = HeldDriver()
            let left = NetworkInfo(id: "left", name: "left", driver: "held", createdAt: Timestamp(nanoseconds: 0))
            let networks = NetworkManager(
                events: events, plugins: driver, defaults: Self.defaults, chosenDefault: nil,
                records: [NetworkRecord(info: left, phase: .creating, predefined: false)], members: { _ in [] },
                endpoints: { _ in [] })
            let made = Task {
                defer { driver.isCreating.fulfil(()) }
                return try await networks.create(NetworkCreate(name: "new"))
            }
            await driver.isCreating.value
            await networks.recover()
            driver.go.fulfil(())
            _ = try await made.value
            #expect(try await networks.list(filters: [:]).map(\.name) == ["new"])
            #expect(driver.calls == ["network.createNetwork", "network.deleteNetwork"])
        }
    }

    private static var defaults: DriverDefaults {
        var configuration = EngineConfiguration(root: "", run: "", shim: "", runtime: "")
        configuration.defaults = [.volume: "held", .network: "held"]
        return DriverDefaults(configuration) { [:] }
    }

    private func withBus(_ body: (EventBus) async throws -> Void) async throws {
        let folder = "/tmp/berth-engine-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer { try? removeDirectory(folder) }
        try await body(EventBus(store: try MetadataStore(path: "\(folder)/metadata.db")))
    }
}

/// A driver whose creations last until they are let go.
private final class HeldDriver: PluginCaller {
    let isCreating = Promise<Void>()
    let go = Promise<Void>()
    private let called = Mutex<[String]>([])

    var calls: [String] { called.withLock { $0 } }

    func call<M: Method>(
        _ method: M, on plugin: String, timeout: Duration, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result> {
        called.withLock { $0.append(M.name) }
        var answer = "{}"
        if M.name.contains("create") {
            isCreating.fulfil(())
            await go.value
            answer = """
                {"volume": "", "mountpoint": "", "createdAt": "1970-01-01T00:00:00Z", "id": "", "options": {},
                 "endpoints": []}
                """
        }
        return Reply(result: try JSON(parsing: answer).decode(M.Result.self))
    }

    func capabilities(of plugin: String) async throws -> Set<String> { [] }
    func failurePolicy(of plugin: String) -> PluginManifest.FailurePolicy? { nil }
    func isDegraded(_ plugin: String) async -> Bool { false }
    func plugins(of kind: PluginKind) -> [String] { ["held"] }
}
