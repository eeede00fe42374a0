import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC

/// A command that does the same with each of several objects: `berth stop a b c`.
protocol VerbCommand: BerthCommand {
    associatedtype Request: Method

    var names: [String] { get }
    func verb() throws -> Verb<Request>
}

extension VerbCommand {
    func execute(_ context: CommandContext) throws { try verb().apply(to: names, context) }
}

/// One method for each of several names. The daemon is asked for many at the same time; the answers are reported in the
/// order of the names, a failure does not keep the others from going on, and the exit status tells that there was one.
struct Verb<Request: Method> {
    /// So many calls at a time.
    var atOnce = 32
    /// How long one may take.
    var patience = BerthClient.patience
    /// What is not there is no failure; the user is told all the same.
    var ignoresMissing = false
    /// Tells of a success.
    var report: (String, Request.Result, CommandContext) -> Void
    var request: (String) -> Request

    /// - Parameter report: prints the name unless said.
    init(
        _ request: @escaping (String) -> Request,
        report: @escaping (String, Request.Result, CommandContext) -> Void = { name, _, context in context.print(name) }
    ) {
        self.request = request
        self.report = report
    }

    func apply(to names: [String], _ context: CommandContext) throws {
        let client = try context.client()
        let begin = { (name: String) in client.begin(request(name), timeout: patience) }
        var calls = names.prefix(atOnce).map(begin)
        var hasFailed = false
        for (position, name) in names.enumerated() {
            do throws(BerthError) {
                let result = try client.finish(calls[position]).result
                report(name, result, context)
            } catch {
                guard error.object != "daemon" else { throw error }
                context.complain(FailureReport.text(error))
                if !ignoresMissing || error.kind != .notFound { hasFailed = true }
            }
            if calls.count < names.count { calls.append(begin(names[calls.count])) }
        }
        if hasFailed { throw CommandFailure() }
    }
}
