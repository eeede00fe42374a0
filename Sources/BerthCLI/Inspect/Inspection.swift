import BerthAPI
import JSON

/// Shows what was found of some objects, and reports the others.
struct Inspection {
    var context: CommandContext
    /// nil for indented JSON, `json` for compact JSON, or a template.
    var format: String?

    /// docker's exit status for a template that cannot be parsed.
    private static let templateStatus: CInt = 64

    /// - Parameter find: an object's description in docker's shape.
    func show(_ names: [String], _ find: (String) throws -> JSON) throws {
        let template = try parse()
        var found: [JSON] = []
        var failed = false
        var shown = ""
        for name in names {
            do {
                let object = try find(name)
                found.append(object)
                if let template { shown += try template.render(object) + "\n" }
            } catch let error as BerthError where error.object != "daemon" {
                context.complain(FailureReport.text(error))
                failed = true
            } catch let error as InvalidInput {
                context.complain("\(error)")
                failed = true
            }
        }
        context.write(template == nil ? text(.array(found)) + "\n" : shown)
        if failed { throw CommandFailure() }
    }

    private func parse() throws -> Template? {
        guard let format, format != "json" else { return nil }
        do {
            return try Template(format)
        } catch let error as TemplateError {
            throw CommandFailure(error.description, status: Self.templateStatus)
        }
    }

    private func text(_ objects: JSON) -> String {
        format == "json" ? objects.description : PrettyJSON.text(objects)
    }
}
