import BerthAPI
import JSONRPC
import LinuxSystem

extension Router {
    func addContainers(_ engine: Engine) {
        let containers = engine.containers
        onOperation(ContainerCreate.self, engine.operations) { request, _ in try await containers.create(request) }
        onOperation(ContainerStart.self, engine.operations) { request, context in
            let reply = try await containers.find(request.id).start(request.attach)
            reply.descriptors.forEach(context.send)
            return reply.result
        }
        onAsync(ContainerAttach.self) { request, context in
            let detail = try await containers.inspect(request.id)
            try await containers.find(request.id).attach(request.attach).forEach(context.send)
            return .init(terminal: detail.config.terminal == true)
        }
        onOperation(ContainerStop.self, engine.operations) { request in
            try await containers.find(request.id).stop(grace: request.grace, signal: request.signal)
        }
        onOperation(ContainerRestart.self, engine.operations) { request in
            try await containers.find(request.id).restart(grace: request.grace, signal: request.signal)
        }
        onOperation(ContainerPause.self, engine.operations) { request in
            try await containers.find(request.id).pause()
        }
        onOperation(ContainerUnpause.self, engine.operations) { request in
            try await containers.find(request.id).unpause()
        }
        onOperation(ContainerRename.self, engine.operations) { request in
            try await containers.rename(request.id, to: request.name)
        }
        onOperation(ContainerKill.self, engine.operations) { request in
            let name = request.signal ?? "SIGKILL"
            guard let signal = Signal.number(name) else {
                throw BerthError(.invalidArgument, "invalid signal: \(name)")
            }
            try await containers.find(request.id).kill(signal)
        }
        onAsync(ContainerWait.self) { request, _ in
            try await containers.find(request.id).waitForExit(request.condition ?? .notRunning)
        }
        onOperation(ContainerRemove.self, engine.operations) { request in
            let container = try await containers.find(request.id)
            try await container.remove(force: request.force == true, volumes: request.volumes == true)
        }
        onOperation(ContainerUpdate.self, engine.operations) { request in
            let container = try await containers.find(request.id)
            if let change = request.resources { try await container.changeLimits(change) }
            if let policy = request.restartPolicy { try await container.update(restartPolicy: policy) }
        }
        onOperation(ContainerPrune.self, engine.operations) { request, _ in
            try await containers.prune(request.filters)
        }
        addContainerReading(containers)
        addExec(engine)
    }

    private func addContainerReading(_ containers: ContainerManager) {
        onAsync(ContainerList.self) { request, _ in try await containers.list(request) }
        onAsync(ContainerInspect.self) { request, _ in try await containers.inspect(request.id) }
        onAsync(ContainerTop.self) { request, _ in try await containers.find(request.id).top(request.arguments) }
        onAsync(ContainerStats.self) { request, _ in try await containers.statistics(request) }
        onAsync(ContainerLogs.self) { request, context in
            let reply = try await containers.logs(request)
            reply.descriptors.forEach(context.send)
            return reply.result
        }
    }

    private func addExec(_ engine: Engine) {
        let containers = engine.containers
        onOperation(ContainerExec.self, engine.operations) { request, context in
            let (result, descriptors) = try await containers.find(request.id).exec(
                request.config, attach: request.attach)
            descriptors.forEach(context.send)
            return result
        }
        onAsync(ContainerExecWait.self) { request, _ in
            .init(exitCode: try await containers.find(request.id).execWait(request.exec))
        }
        onAsync(ContainerResize.self) { request, _ in
            let container = try await containers.find(request.id)
            try await container.resize(exec: request.exec, rows: request.rows, columns: request.columns)
            return Empty()
        }
        onAsync(ContainerDetach.self) { request, _ in
            try await containers.find(request.id).noteDetach(exec: request.exec)
            return Empty()
        }
    }
}
