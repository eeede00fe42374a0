import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

extension Shim {
    /// How long a log driver may take to store the last bytes.
    private static let storeTime = Duration.seconds(10)
    /// How long an attached client may take to read the last bytes, after the shim has nothing else to do.
    private static let clientTime = Duration.seconds(600)

    /// Kills what is left, waits for the end, removes the cgroup, answers, and ends the shim.
    func delete(_ context: RequestContext) {
        deletions.append(context)
        guard !isDeleting else { return }
        isDeleting = true
        switch phase {
        case .empty, .exited: continueDeletion()
        // Goes on when the launcher has spoken, or the first process was reaped and its outputs are read.
        case .creating, .starting, .ending: return
        case .created(let launched, let launch): killAll(launched, launch)
        case .running(let launched): killAll(launched, nil)
        }
    }

    func killAll(_ launched: Launched, _ launch: Launch?) {
        do {
            try send(9, to: launched, all: false)
            try thaw()
        } catch {
            report("delete: \(error)")
        }
        // The launcher, which is its parent until it ends, ends with its channel.
        launch?.launcher?.cancel()
        launch?.launcher = nil
    }

    func continueDeletion() {
        guard isDeleting else { return }
        switch phase {
        case .creating, .created, .starting, .running, .ending: return
        case .empty: finishDeletion(nil)
        case .exited(let launched, _):
            do {
                guard let runtime = foreignRuntime(launched.settings) else { return try removeRest(launched) }
                try ask({ try $0.delete() }, of: runtime) { error in
                    do {
                        if let error { throw error }
                        try self.removeRest(launched)
                    } catch {
                        self.failDeletion(error)
                    }
                }
            } catch {
                failDeletion(error)
            }
        }
    }

    private func removeRest(_ launched: Launched) throws {
        try launched.settings.cgroup()?.remove()
        guard launched.settings.hasPoststopHooks else { return answerWhenStored(launched) }
        try inCopy { [bundle] copy in
            for warning in try copy.runPoststopHooks(bundle) { try copy.send("W", "delete: \(warning)") }
        } then: { [self] error in
            // The container is gone, whatever became of them.
            if let error { report("delete: \(error)") }
            answerWhenStored(launched)
        }
    }

    private func answerWhenStored(_ launched: Launched) {
        launched.streams.whenStored(within: Self.storeTime) { [weak self] in
            self?.finishDeletion(launched.streams)
        }
    }

    /// Something is left: the caller may try again.
    private func failDeletion(_ error: any Error) {
        report("delete: \(error)")
        isDeleting = false
        for context in deletions { context.fail(wireError(error)) }
        deletions = []
    }

    private func finishDeletion(_ streams: ProcessStreams?) {
        for context in deletions { context.respond(Empty()) }
        deletions = []
        guard let streams else { return loop.stop() }
        loop.schedule(after: Self.clientTime) { [loop] in loop.stop() }
        streams.whenUnread { [loop] in loop.stop() }
    }
}
