import BerthAPI
import ContentStore
import JSON
import JSONRPC
import LinuxSystem
import OCISpec
import Supervisor

/// A repository, reached through one registry plugin.
struct RegistrySource: Sendable {
    /// Longer than any sane transfer of one blob; the plugin gives up much earlier on one that stands still.
    private static let transferTimeout = Duration.seconds(6 * 3600)
    private static let resolveTimeout = Duration.seconds(60)
    /// How often a transfer that broke off goes on, as long as each attempt brings something.
    private static let attempts = 4

    let plugin: String
    let plugins: any PluginCaller
    let target: RegistryTarget

    func resolve(_ reference: String) async throws -> OCIDescriptor {
        let request = RegistryResolve(target: target, reference: reference)
        return try await plugins.call(request, on: plugin, timeout: Self.resolveTimeout).descriptor
    }

    /// Fetches a blob into the content store unless it is there.
    ///
    /// - Parameter progress: is given the bytes that are there.
    /// - Returns: whether it was not there.
    @discardableResult
    func fetch(
        _ descriptor: OCIDescriptor, into content: ContentStore,
        progress: @escaping @Sendable (Int64) -> Void = { _ in }
    ) async throws -> Bool {
        try await content.ingest(descriptor, progress: progress) { ingest, report in
            var offset = ingest.offset
            for attempt in 1... {
                do {
                    try await fetch(descriptor, into: ingest.file, from: offset, report: report)
                    return
                } catch let error as BerthError where error.kind == .unavailable && attempt < Self.attempts {
                    let size = try RegularFile.size(ingest.file.raw)
                    guard size > offset else { throw error }
                    offset = size
                }
            }
        }
    }

    private func fetch(
        _ descriptor: OCIDescriptor, into file: SharedDescriptor, from offset: Int64,
        report: @escaping @Sendable (Int64) -> Void
    ) async throws {
        _ = try await plugins.call(
            RegistryFetch(target: target, descriptor: descriptor, offset: offset), on: plugin,
            timeout: Self.transferTimeout, descriptors: [file],
            onProgress: { value in if let size = value.int { report(size) } })
    }

    /// - Parameter reference: for manifests, the tag.
    /// - Returns: whether the registry had it.
    func push(
        _ descriptor: OCIDescriptor, _ file: SharedDescriptor, reference: String? = nil, mountFrom: [String]? = nil,
        progress: @escaping @Sendable (Int64) -> Void = { _ in }
    ) async throws -> Bool {
        try await plugins.call(
            RegistryPush(target: target, descriptor: descriptor, reference: reference, mountFrom: mountFrom),
            on: plugin, timeout: Self.transferTimeout, descriptors: [file],
            onProgress: { value in if let size = value.int { progress(size) } }
        ).result.existed
    }
}
