import Archive
import ArgumentParser
import BerthAPI
import BerthClient
import LinuxSystem

struct ContainerCopyCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp", abstract: "Copy files/folders between a container and the local filesystem",
        usage: """
            berth cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
                   berth cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH
            """)
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Archive mode (copy all uid/gid information)")
    var archive = false
    @Flag(name: [.customShort("L"), .long], help: "Always follow symbol link in SRC_PATH")
    var followLink = false
    @Flag(
        name: .shortAndLong,
        help:
            "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached"
    )
    var quiet = false
    @Argument(help: "CONTAINER:PATH, a local path, or - for a tar archive")
    var source: String
    @Argument(help: "CONTAINER:PATH, a local path, or - for a tar archive")
    var destination: String

    func execute(_ context: CommandContext) throws {
        guard !source.isEmpty else { throw CommandFailure("source can not be empty") }
        guard !destination.isEmpty else { throw CommandFailure("destination can not be empty") }
        switch (CopyPlace(source), CopyPlace(destination)) {
        case (.container, .container): throw CommandFailure("copying between containers is not supported")
        case (.container(let name, let path), let target): try read(name, path, to: target, context)
        case (let source, .container(let name, let path)): try write(source, to: name, path, context)
        default: throw CommandFailure("must specify at least one container source")
        }
    }

    private func progress(_ heading: String, _ context: CommandContext) -> CopyProgress {
        CopyProgress(
            heading, to: context.streams.error, isShown: !quiet && Terminal.isTerminal(context.streams.output))
    }

    // MARK: From a container

    private func read(_ container: String, _ path: String, to target: CopyPlace, _ context: CommandContext) throws {
        let client = try context.client()
        var request = ContainerReadArchive(id: container, path: path, following: followLink)
        guard case .local(let local) = target else {
            let output = try SharedDescriptor(borrowing: context.streams.output)
            _ = try client.reply(to: request, timeout: BerthClient.unbounded, descriptors: [output])
            return
        }
        try Self.requireFolder(of: local)
        let status = try client.call(ContainerPathStatus(id: container, path: path, following: followLink))
        let place = try CopyTarget(
            sourceName: LocalPath(path).name, isFolder: status.kind == .folder, path: local,
            present: Self.present(local))
        request.entry = place.entry
        let folder = try DirectoryEntry.openAbsolute(BytePath(place.folder)).shared()
        let owner: FileOwner = archive ? .archived : .unchanged
        let progress = progress("Copying from container", context)
        do {
            _ = try ArchiveTransfer(client: client).receiving(request) { stream in
                let unpacker = TreeUnpacker(owner: owner)
                try unpacker.unpack(stream, root: folder.raw, into: BytePath(""), progress: progress.update)
            }
        } catch {
            progress.fail()
            throw Self.readable(error)
        }
        progress.succeed(to: Self.absolute(local))
    }

    private static func requireFolder(of path: String) throws {
        let place = LocalPath(path)
        let folder = place.name == nil ? path : place.parent
        guard present(folder) == .folder else {
            throw CommandFailure("invalid output path: directory \"\(folder)\" does not exist")
        }
    }

    /// What a local path leads to.
    private static func present(_ path: String) -> CopyTarget.Present {
        if (try? DirectoryEntry.openAbsolute(BytePath(path)).shared()) != nil { return .folder }
        return fileExists(path) ? .file : .nothing
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(currentDirectory())/\(path)"
    }

    private static func readable(_ error: any Error) -> any Error {
        guard let error = error as? LayerError else { return error }
        return CommandFailure(error.entry.map { "\($0): \(error.reason)" } ?? error.reason)
    }

    // MARK: To a container

    private func write(_ source: CopyPlace, to container: String, _ path: String, _ context: CommandContext) throws {
        let client = try context.client()
        let target = try RemoteTarget(client, container, path)
        var request = ContainerWriteArchive(id: container, path: target.path, keepingOwners: archive)
        guard case .local(let local) = source else {
            guard target.present == .folder else {
                throw CommandFailure("destination \"\(container):\(path)\" must be a directory")
            }
            let input = try SharedDescriptor(borrowing: context.streams.input)
            _ = try client.reply(to: request, timeout: BerthClient.unbounded, descriptors: [input])
            return
        }
        let source = try LocalSource(local, following: followLink)
        let place = try CopyTarget(
            sourceName: source.name, isFolder: source.isFolder, path: target.path, present: target.present)
        request.path = place.folder
        let progress = progress("Copying to container", context)
        do {
            _ = try ArchiveTransfer(client: client).sending(request) { stream in
                try source.pack(as: place.entry, to: stream, progress: progress.update)
            }
        } catch {
            progress.fail()
            throw Self.readable(error)
        }
        progress.succeed(to: "\(container):\(target.path)")
    }
}

/// Where a copy to a container goes; a link there stands for what it leads to.
private struct RemoteTarget {
    private(set) var path: String
    private(set) var present = CopyTarget.Present.nothing

    init(_ client: BerthClient, _ container: String, _ path: String) throws {
        self.path = path
        guard let status = try Self.status(client, container, path, following: false) else { return }
        present = status.kind == .folder ? .folder : .file
        guard let target = status.target else { return }
        let parent = LocalPath(path).parent
        self.path = target.hasPrefix("/") ? target : "\(parent)/\(target)"
        let followed = try Self.status(client, container, path, following: true)
        present = followed.map { $0.kind == .folder ? .folder : .file } ?? .nothing
    }

    /// Nil when nothing is there: what the copy makes of that is another question.
    private static func status(
        _ client: BerthClient, _ container: String, _ path: String, following: Bool
    ) throws(BerthError) -> PathStatus? {
        do {
            return try client.call(ContainerPathStatus(id: container, path: path, following: following))
        } catch {
            guard error.kind == .notFound, error.object == "path" else { throw error }
            return nil
        }
    }
}
