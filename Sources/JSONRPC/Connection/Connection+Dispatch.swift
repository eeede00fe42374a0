import JSON
import LinuxSystem
import Synchronization

extension Connection {
    /// Parses one line and does what it says.
    func handleLine(_ line: UnsafeRawBufferPointer, _ input: inout Input) {
        guard line.contains(where: { $0 > 0x20 }) else { return }
        tap?(.received, line)
        if let message = EnvelopeScanner.scan(line, maximumDepth: limits.depth) {
            handle(message, batch: nil, &input)
        } else {
            parseLine(line, &input)
        }
        input.paused = requests.withLock { $0.pauseIfFull(limits.pendingRequests) }
        if input.paused { setReading(false) }
    }

    private func parseLine(_ line: UnsafeRawBufferPointer, _ input: inout Input) {
        let json: JSON
        do {
            json = try JSON(parsing: line, maximumDepth: limits.depth)
        } catch {
            return sendAnswer(.failure(id: nil, .parseError("\(error)")))
        }
        if let elements = json.array {
            handleBatch(elements, &input)
        } else {
            handle(Message(json), batch: nil, &input)
        }
    }

    private func handleBatch(_ elements: [JSON], _ input: inout Input) {
        guard !elements.isEmpty else {
            return sendAnswer(.failure(id: nil, .invalidRequest("the batch is empty")))
        }
        guard elements.count <= limits.batchMessages else {
            let message = "\(elements.count) messages in one batch, more than the limit of \(limits.batchMessages)"
            return sendAnswer(.failure(id: nil, .limitExceeded(message)))
        }
        let messages = elements.map { Message($0) }
        let answers = messages.count { $0.wantsAnswer }
        let batch = BatchReply(expecting: answers)
        for message in messages where !isClosed { handle(message, batch: batch, &input) }
    }

    private func handle(_ message: Message, batch: BatchReply?, _ input: inout Input) {
        guard let descriptors = takeDescriptors(message.descriptors, &input) else {
            return refuse(.invalidRequest("a message says \(message.descriptors) descriptors, fewer came with it"))
        }
        switch message {
        case .request(let call, let id): accept(RequestContext(self, id, call, descriptors, batch))
        case .notification(let call): receive(call, descriptors)
        case .response(let id, let result, _): finishCall(id, result, descriptors)
        case .complaint(let error): ending.withLock { $0.complaint = error.message }
        case .invalid(let error, let id): answer(.failure(id: id, error), batch)
        case .ignored: break
        }
    }

    private func takeDescriptors(_ count: Int, _ input: inout Input) -> [SharedDescriptor]? {
        guard count > 0 else { return [] }
        guard count <= input.descriptors.count else { return nil }
        defer { input.descriptors.removeFirst(count) }
        return Array(input.descriptors.prefix(count))
    }

    private func accept(_ request: RequestContext) {
        guard requests.withLock({ $0.insert(request) }) else {
            return request.fail(.invalidRequest("the id \(request.id) is that of a request still being worked on"))
        }
        guard let service else { return request.fail(.methodNotFound(request.method)) }
        if let deadline = request.deadline { watchDeadline(deadline) }
        service.handle(request)
    }

    private func receive(_ call: Message.Call, _ descriptors: [SharedDescriptor]) {
        let params = call.params ?? JSON.object([])
        switch call.method {
        case "$/cancel":
            guard let id = params["id"].flatMap(RequestID.init) else { return }
            requests.withLock { $0[id] }?.cancel(.requestCancelled)
        case "$/progress":
            guard let token = params["token"]?.int, let value = params["value"] else { return }
            calls.withLock { $0.progressHandler(token) }?(value)
        default:
            service?.handle(
                ReceivedNotification(
                    connection: self, method: call.method, params: params, descriptors: descriptors))
        }
    }

    private func answer(_ line: Line, _ batch: BatchReply?) {
        if let batch {
            batch.add(line, to: self)
        } else {
            sendAnswer(line)
        }
    }
}

extension Message {
    fileprivate var wantsAnswer: Bool {
        switch self {
        case .request, .invalid: true
        case .notification, .response, .complaint, .ignored: false
        }
    }

    fileprivate var descriptors: Int {
        switch self {
        case .request(let call, _), .notification(let call): call.descriptors
        case .response(_, _, let count): count
        case .complaint, .invalid, .ignored: 0
        }
    }
}
