import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import JSONRPC

struct EventsCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Get real time events from the server", usage: "berth events [OPTIONS]")

    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("filter")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Filter output based on conditions provided", valueName: "key=value"))
    var filters: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Format output: 'json' or a Go template", valueName: "format"))
    var format: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Show all events created since timestamp", valueName: "time"))
    var since: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Stream events until this timestamp", valueName: "time"))
    var until: String?

    func execute(_ context: CommandContext) throws {
        var request = EventsSubscribe()
        request.since = try parseOne(since, of: "--since") { text throws in try TimeSpec.parse(text, now: context.now) }
        request.until = try parseOne(until, of: "--until") { text throws in try TimeSpec.parse(text, now: context.now) }
        request.filters = try FilterSpec.parse(filters)
        let template = try format.flatMap { $0 == "json" ? nil : try Template($0) }
        let printer = EventPrinter(context: context, asJSON: format == "json", template: template)
        let router = Router()
        router.notification(EventNotification.self) { notification, _ in printer.show(notification) }
        try context.client(service: router).call(request, timeout: BerthClient.unbounded)
    }
}

/// Writes each event as a line.
private final class EventPrinter: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private let context: CommandContext
    private let asJSON: Bool
    private let template: Template?

    init(context: CommandContext, asJSON: Bool, template: Template?) {
        self.context = context
        self.asJSON = asJSON
        self.template = template
    }

    func show(_ notification: EventNotification) {
        if let skipped = notification.skipped, skipped > 0 {
            context.complain("\(skipped) events were skipped: this client did not keep up")
        }
        let event = notification.event
        if let template {
            do {
                context.print(try template.render(document(event)))
            } catch {
                context.complain("\(error)")
            }
        } else {
            context.print(asJSON ? document(event).description : text(event))
        }
    }

    private func text(_ event: Event) -> String {
        let attributes = event.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let suffix = attributes.isEmpty ? "" : " (\(attributes.joined(separator: ", ")))"
        return "\(LocalTime.rfc3339(event.time)) \(event.type) \(event.action) \(event.id)\(suffix)"
    }

    private func document(_ event: Event) -> JSON {
        [
            "Type": JSON(event.type), "Action": JSON(event.action), "status": JSON(event.action), "id": JSON(event.id),
            "Actor": ["ID": JSON(event.id), "Attributes": .map(event.attributes)], "scope": "local",
            "time": JSON(event.time.nanoseconds / 1_000_000_000), "timeNano": JSON(event.time.nanoseconds),
            "sequence": JSON(event.sequence),
        ]
    }
}
