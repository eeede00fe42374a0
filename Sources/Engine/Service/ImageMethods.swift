import BerthAPI
import JSONRPC

extension Router {
    func addImages(_ engine: Engine) {
        let images = engine.images
        onAsync(ImagePull.self) { request, context in
            try await images.pull(request) { context.progress($0) }
        }
        onAsync(ImagePush.self) { request, context in
            try await images.push(request) { context.progress($0) }
        }
        onOperation(ImageImport.self, engine.operations) { request, context in
            let archive = try context.takeStream()
            let helper = FileHelper(
                services: engine.containers.services, object: "the archive", helpers: HelperList())
            return .init(image: try await images.importArchive(request, archive, by: helper, context))
        }
        onAsync(ImageList.self) { request, _ in try await images.list(filters: request.filters ?? [:]) }
        onAsync(ImageInspect.self) { request, _ in try await images.inspect(request.reference) }
        onOperation(ImageTag.self, engine.operations) { request in
            try await images.tag(request.source, as: request.target)
        }
        onOperation(ImageRemove.self, engine.operations) { request, _ in
            try await images.remove(request.reference, force: request.force == true)
        }
    }
}
