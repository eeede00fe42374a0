import BerthAPI
import JSONRPC
import LinuxSystem
import Logging

// What clients ask of a running container: Docs/lifecycle.md.

extension Container {
    /// - Throws: `conflict` when the container does not run.
    func runningShim() throws -> ShimClient {
        guard record.phase == .running || record.phase == .stopping, let shim else {
            throw refusal(
                record.status == .restarting ? "is restarting, wait until the container is running" : "is not running")
        }
        return shim
    }

    func refusal(_ reason: String) -> BerthError {
        BerthError(.conflict, "container \(id.prefix(12)) \(reason)", object: "container \(id)")
    }

    var isPaused: Bool { record.phase == .running && record.status == .paused }

    // MARK: Streams

    func attach(_ request: AttachRequest) async throws -> [SharedDescriptor] {
        guard !isPaused else { throw refusal("is paused, unpause the container before attach") }
        let streams = try await runningShim().call(ShimAttach(attach: request)).descriptors
        await note(event("attach"))
        return streams
    }

    func resize(exec: String?, rows: Int, columns: Int) async throws {
        _ = try await runningShim().call(ShimResize(rows: rows, columns: columns, exec: exec))
        guard exec == nil else { return }
        await note(event("resize", ["height": "\(rows)", "width": "\(columns)"]))
    }

    /// - Throws: `notFound` for an exec that is not one of this run.
    func noteDetach(exec: String?) async throws {
        guard let exec else { return await note(event("detach")) }
        guard execs[exec] != nil else { throw noExec(exec) }
        await note(event("exec_detach", ["execID": exec]))
    }

    // MARK: Freezing

    func pause() async throws {
        let shim = try runningShim()
        guard !isPaused else { throw refusal("is already paused") }
        _ = try await shim.call(ShimPause())
        // While the processes were stopped it may have ended, or another client may have been quicker.
        guard record.phase == .running else { throw refusal("is not running") }
        guard !isPaused else { throw refusal("is already paused") }
        await settle([event("pause")]) { $0.detail.state.status = .paused }
    }

    func unpause() async throws {
        let shim = try runningShim()
        guard isPaused else { throw refusal("is not paused") }
        _ = try await shim.call(ShimResume())
        guard isPaused else { return }
        await settle([event("unpause")]) { $0.detail.state.status = .running }
    }

    // MARK: Signals

    /// Returns after SIGKILL when the container has ended, so that it can be removed or started at once.
    func kill(_ signal: CInt) async throws {
        let ends = signal == 9 || signal == Signal.number(record.detail.stopSignal)
        if ends {
            while record.phase == .starting { _ = await wait { $0?.phase != .starting } }
            if record.phase == .restarting { return await stayStopped() }
            if [.running, .stopping].contains(record.phase) { await settle { $0.requestStop() } }
        }
        guard signal == 9 else { return try await send(signal, ends: ends) }
        _ = try runningShim()
        try await killAndWait()
    }

    /// - Parameter ends: it is meant to end the container, and lets one that is paused go on: otherwise it would not come
    ///   to it.
    func send(_ signal: CInt, ends: Bool) async throws {
        let shim = try runningShim()
        // Before what comes of it.
        await note(event("kill", ["signal": "\(signal)"]))
        _ = try await shim.call(ShimKill(signal: Int(signal)))
        guard ends, isPaused else { return }
        do {
            try await unpause()
        } catch {
            services.logger.notice("container \(id): it is not unpaused for signal \(signal): \(error)")
        }
    }
}
