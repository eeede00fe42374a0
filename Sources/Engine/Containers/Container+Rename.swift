import BerthAPI

extension Container {
    /// - Parameter name: claimed from the index.
    func rename(_ name: String) async throws {
        guard record.phase != .creating, record.phase != .removing else { throw refusal("is being made or removed") }
        let old = record.detail.name
        do {
            try await update([event("rename", ["name": name, "oldName": "/\(old)"])]) { $0.detail.name = name }
        } catch {
            await settle { $0.detail.name = old }
            throw error
        }
    }
}
