import BerthAPI
import JSONRPC
import LinuxSystem

extension Router {
    func addContainerFiles(_ engine: Engine) {
        let containers = engine.containers
        onOperation(ContainerPathStatus.self, engine.operations) { request, context in
            try await containers.files(
                .status(path: request.path, following: request.following == true), of: request.id, path: request.path,
                context)
        }
        onOperation(ContainerReadArchive.self, engine.operations) { request, context in
            let stream = try context.takeStream()
            return try await containers.files(
                .pack(path: request.path, following: request.following == true, name: request.entry), of: request.id,
                path: request.path, stream: stream, context)
        }
        onOperation(ContainerWriteArchive.self, engine.operations) { request, context in
            let stream = try context.takeStream()
            let container = try await containers.find(request.id)
            let action = FileTask.Action.unpack(path: request.path, keepingOwners: request.keepingOwners == true)
            do {
                _ = try await container.files(action, stream: stream, context)
            } catch let error as BerthError where error.kind == .notFound && error.plugin == nil {
                throw Self.missing(request.path, request.id)
            }
            return Empty()
        }
        onOperation(ContainerExport.self, engine.operations) { request, context in
            let stream = try context.takeStream()
            _ = try await containers.find(request.id).files(.export, stream: stream, context)
            return Empty()
        }
        onOperation(ContainerChanges.self, engine.operations) { request, context in
            let (count, file) = try await containers.find(request.id).changes()
            context.send(file)
            return .init(count: count)
        }
        onOperation(ContainerCommit.self, engine.operations) { request, _ in
            .init(image: try await containers.commit(request))
        }
    }
}

extension ContainerManager {
    /// - Throws: docker's words when nothing is at the path.
    fileprivate func files(
        _ action: FileTask.Action, of name: String, path: String, stream: SharedDescriptor? = nil,
        _ context: RequestContext
    ) async throws -> PathStatus {
        let container = try await find(name)
        do {
            guard let status = try await container.files(action, stream: stream, context).status else {
                throw BerthError(.internal, "the files of container \(name) gave no answer")
            }
            return status
        } catch let error as BerthError where error.kind == .notFound && error.plugin == nil {
            throw Router.missing(path, name)
        }
    }
}

extension Router {
    fileprivate static func missing(_ path: String, _ container: String) -> BerthError {
        BerthError(
            .notFound, "could not find the file \(path) in container \(container)", object: "path")
    }
}

extension RequestContext {
    func takeStream() throws(BerthError) -> SharedDescriptor {
        guard let stream = takeDescriptor() else {
            throw BerthError(.invalidArgument, "\(method) came without the descriptor of a stream")
        }
        return stream
    }
}
