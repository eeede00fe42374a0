import BerthAPI
import JSONRPC
import LinuxSystem

/// What a log driver does; the semantics are those of the methods in BerthAPI's `Kinds/Log.swift`.
///
/// Calls come from several threads at once, for the same container too.
public protocol LogDriver: Sendable {
    func validate(_ options: [String: String]) throws
    /// - Parameter stream: the driver's end of the log stream, on which it speaks first (Docs/run.md, "Log frame").
    func open(_ request: LogOpen, stream: SharedDescriptor) throws -> LogOpen.Result
    func close(_ container: String) throws
    /// - Returns: the reader's end of a stream socket on which whole lines come as log frames.
    func read(_ request: LogRead) throws -> SharedDescriptor
    func rotate(_ container: String) throws
    func remove(_ container: String) throws
    func reconcile(_ containers: [String]) throws -> LogReconcile.Result
    /// What is kept, without touching it.
    func list() throws -> LogList.Result
}

extension LogDriver {
    public func list() throws -> LogList.Result {
        throw BerthError(.unimplemented, "the driver does not list its logs")
    }
}

extension Plugin where Driver: LogDriver {
    /// Answers the methods of the kind `log`.
    public func serveLog() {
        on(LogValidate.self) { driver, request, _ in
            try driver.validate(request.options)
            return Empty()
        }
        on(LogOpen.self) { driver, request, context in
            guard let stream = context.takeDescriptor() else {
                throw BerthError(.invalidArgument, "\(LogOpen.name) came without the stream's descriptor")
            }
            return try driver.open(request, stream: stream)
        }
        on(LogClose.self) { driver, request, _ in
            try driver.close(request.container)
            return Empty()
        }
        on(LogRead.self) { driver, request, context in
            context.send(try driver.read(request))
            return Empty()
        }
        on(LogRotate.self) { driver, request, _ in
            try driver.rotate(request.container)
            return Empty()
        }
        on(LogRemove.self) { driver, request, _ in
            try driver.remove(request.container)
            return Empty()
        }
        on(LogReconcile.self) { driver, request, _ in try driver.reconcile(request.containers) }
        on(LogList.self) { driver, _, _ in try driver.list() }
    }
}
