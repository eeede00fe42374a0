import BerthAPI
import BerthClient
import LinuxSystem
import OCISpec

/// Makes a container, pulling its image when it is not there.
struct ContainerMaker {
    var context: CommandContext
    var options: IdentityOptions
    /// The command's exit status when it cannot make the container.
    var failureStatus: CInt

    /// - Returns: the id.
    func make(_ config: ContainerConfig) throws -> String {
        if let file = options.idFile, fileExists(file) {
            throw CommandFailure(
                "container ID file found, make sure the other container isn't running or delete \(file)",
                status: failureStatus)
        }
        let client = try context.client()
        if options.pull == .always { try pull(config, client) }
        let result = try create(config, client)
        for warning in result.warnings { context.complain("WARNING: \(warning)") }
        if let file = options.idFile { try writeNewFile(file, Array(result.id.utf8)) }
        return result.id
    }

    private func create(_ config: ContainerConfig, _ client: BerthClient) throws -> ContainerCreate.Result {
        let request = ContainerCreate(config: config, name: options.name)
        do {
            return try client.call(request)
        } catch {
            guard error.isMissingImage, options.pull == .missing else { throw error }
            let name = (try? ImageReference(config.image))?.familiar ?? config.image
            context.complain("Unable to find image '\(name)' locally")
            try pull(config, client)
            return try client.call(request)
        }
    }

    private func pull(_ config: ContainerConfig, _ client: BerthClient) throws {
        let output = options.quiet ? nil : ProgressDisplay(context.streams.error, loop: client.loop)
        let transfer = ImageTransfer(client: client, display: output)
        try transfer.pull(config.image, platform: config.platform, sayingDefaultTag: false)
    }
}

extension BerthError {
    fileprivate var isMissingImage: Bool { kind == .notFound && object?.hasPrefix("image") == true }
}
