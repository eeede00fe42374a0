import BerthAPI
import BerthClient
import JSON
import JSONRPC
import OCISpec

/// A pull or push with its progress shown.
struct ImageTransfer {
    var client: BerthClient
    /// nil to say nothing.
    var display: ProgressDisplay?

    @discardableResult
    func pull(_ name: String, platform: String?, sayingDefaultTag says: Bool = true) throws -> ImagePull.Result {
        let reference = try Self.reference(name)
        if let display {
            if says, reference.tag == nil, reference.digest == nil { display.line("Using default tag: latest") }
            let source = reference.digest.map(\.description) ?? reference.tag ?? ImageReference.defaultTag
            display.line("\(source): Pulling from \(reference.repository)")
        }
        let result = try transfer(ImagePull(reference: name, platform: platform))
        display?.line("Digest: \(result.digest)")
        let full = (try? ImageReference(name))?.familiar ?? name
        let status = result.upToDate ? "Image is up to date for" : "Downloaded newer image for"
        display?.line("Status: \(status) \(full)")
        return result
    }

    /// - Returns: the reference that was pushed.
    func push(_ name: String, registry: String?) throws -> String {
        let reference = try Self.reference(name)
        if reference.tag == nil, reference.digest == nil { display?.line("Using default tag: latest") }
        display?.line("The push refers to repository [\(reference.name)]")
        let result = try transfer(ImagePush(reference: name, registry: registry))
        let tag = reference.tag ?? ImageReference.defaultTag
        display?.line("\(tag): digest: \(result.digest) size: \(result.size)")
        return "\(reference.name):\(tag)"
    }

    private func transfer<M: Method>(_ method: M) throws -> M.Result {
        let display = display
        defer { display?.end() }
        return try client.call(method, timeout: BerthClient.unbounded) { value in
            guard let progress = try? value.decode(TransferProgress.self) else { return }
            display?.update(progress)
        }
    }

    private static func reference(_ name: String) throws -> ImageReference {
        do {
            return try ImageReference(withoutDefaultTag: name)
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
