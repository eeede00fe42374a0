import JSON
import LinuxSystem
import Synchronization

/// A request of the peer that waits for its answer. Every method may be called from any thread.
public final class RequestContext: Sendable {
    private struct State {
        var received: [SharedDescriptor]
        var reply: [SharedDescriptor] = []
        var answered = false
        var cancelled = false
        var cancelHandlers: [@Sendable () -> Void] = []
    }

    public let connection: Connection
    public let id: RequestID
    public let method: String
    /// An empty object when there were none.
    public let params: JSON
    /// When the caller gives up; nil when it waits for ever.
    public let deadline: MonotonicTime?
    private let progressToken: JSON?
    private let batch: BatchReply?
    private let state: Mutex<State>

    init(
        _ connection: Connection, _ id: RequestID, _ call: Message.Call, _ descriptors: [SharedDescriptor],
        _ batch: BatchReply?
    ) {
        self.connection = connection
        self.id = id
        self.batch = batch
        method = call.method
        params = call.params ?? JSON.object([])
        deadline = call.timeout.map { .now + .milliseconds($0) }
        progressToken = call.progress
        state = Mutex(State(received: descriptors))
    }

    // MARK: Descriptors and progress

    /// The next of the descriptors that came with the request, in their order; nil after the last.
    public func takeDescriptor() -> SharedDescriptor? {
        state.withLock { $0.received.isEmpty ? nil : $0.received.removeFirst() }
    }

    /// Sends a descriptor beside the answer, should it be a result: at most 16, in this order.
    public func send(_ descriptor: SharedDescriptor) { state.withLock { $0.reply.append(descriptor) } }

    /// Sends a descriptor beside the answer, should it be a result.
    public func send(_ descriptor: consuming Descriptor) { send(descriptor.shared()) }

    /// Whether the caller wants to hear of progress.
    public var wantsProgress: Bool { progressToken != nil }

    /// Tells the caller how far the work is, if it wants to know. Dropped when the caller does not keep up.
    public func progress(_ value: some Encodable) {
        guard let progressToken, !isAnswered, let value = try? JSON(encoding: value) else { return }
        let params = JSON.object([("token", progressToken), ("value", value)])
        connection.notify(method: "$/progress", params: params)
    }

    // MARK: Cancellation

    /// Whether the caller has cancelled or given up, or the connection is gone: the answer goes nowhere.
    public var isCancelled: Bool { state.withLock { $0.cancelled } }

    /// Whether it was answered, by the handler or by cancellation.
    public var isAnswered: Bool { state.withLock { $0.answered } }

    /// Runs `handler` when the request is cancelled: at once if it was, never if it has been answered.
    public func onCancel(_ handler: @escaping @Sendable () -> Void) {
        let late = state.withLock { state in
            if !state.cancelled, !state.answered { state.cancelHandlers.append(handler) }
            return state.cancelled
        }
        if late { handler() }
    }

    /// Answers with `error` in the handler's place, or not at all when it is nil, and tells the handler.
    func cancel(_ error: RPCError?) {
        let handlers: [@Sendable () -> Void]? = state.withLock { state in
            guard !state.answered else { return nil }
            state.answered = true
            state.cancelled = true
            defer { state.cancelHandlers = [] }
            return state.cancelHandlers
        }
        guard let handlers else { return }
        if let error { deliver(.failure(id: id, error)) }
        for handler in handlers { handler() }
    }

    // MARK: Answering

    /// Answers with a result. Nothing happens when it was answered or cancelled before.
    public func respond(_ result: some Encodable) {
        do {
            respond(json: try JSON(encoding: result))
        } catch {
            fail(.internalError("the result of \(method) cannot be written: \(error)"))
        }
    }

    /// Answers with a result. Nothing happens when it was answered or cancelled before.
    public func respond(json result: JSON) {
        guard let descriptors = takeAnswer() else { return }
        let maximum = batch == nil ? Limits.descriptors : 0
        guard descriptors.count <= maximum else {
            let message = "\(descriptors.count) descriptors beside an answer that takes \(maximum)"
            return deliver(.failure(id: id, .limitExceeded(message)))
        }
        let line = Line.response(id: id, result: result, descriptors: descriptors)
        guard line.bytes.count <= room else {
            let message = "the result of \(method) has \(line.bytes.count) bytes, room is for \(room)"
            return deliver(.failure(id: id, .limitExceeded(message)))
        }
        deliver(line)
    }

    private var room: Int { batch?.room(in: connection.limits) ?? connection.limits.messageBytes }

    /// Answers with an error. Nothing happens when it was answered or cancelled before.
    public func fail(_ error: RPCError) {
        guard takeAnswer() != nil else { return }
        deliver(.failure(id: id, error))
    }

    /// The right to answer, with the descriptors to send; nil when it is used up.
    private func takeAnswer() -> [SharedDescriptor]? {
        state.withLock { state in
            guard !state.answered else { return nil }
            state.answered = true
            state.cancelHandlers = []
            defer { state.reply = [] }
            return state.reply
        }
    }

    private func deliver(_ line: Line) {
        connection.answering(self) {
            if let batch { batch.add(line, to: connection) } else { connection.sendAnswer(line) }
        }
    }
}
