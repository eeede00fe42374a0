import ArgumentParser
import BerthAPI
import JSON
import LinuxSystem
import PluginConformance

/// The whole program: exit status 0 when every check passed or was skipped, 1 when one failed, 125 for what cannot be
/// tested.
enum ConformanceProgram {
    private static let unusable: CInt = 125

    static func run(_ arguments: [String], _ interruption: Interruption) -> CInt {
        do {
            let options = try ConformanceOptions.parse(arguments)
            if options.list { return try list(options) }
            return try test(options, interruption)
        } catch let error as BerthError {
            return fail("berth-conformance: \(error.message)")
        } catch  where ConformanceOptions.exitCode(for: error) == .success {
            return put(ConformanceOptions.fullMessage(for: error) + "\n", to: StandardStream.output) ? 0 : unusable
        } catch {
            return fail(ConformanceOptions.fullMessage(for: error))
        }
    }

    private static func list(_ options: ConformanceOptions) throws -> CInt {
        let checks = ConformanceCheck.all.filter { options.kinds.isEmpty || options.kinds.contains($0.kind) }
        let text =
            switch options.format {
            case .markdown: CheckList.markdown(checks)
            case .json: CheckList.json(checks)
            default: CheckList.plain(checks)
            }
        try write(text, options)
        return 0
    }

    private static func test(_ options: ConformanceOptions, _ interruption: Interruption) throws -> CInt {
        var run = try options.run()
        run.settings.interruption = interruption
        let live = options.output == nil && options.format == .table
        let style = TableStyle(colour: live && Terminal.isTerminal(StandardStream.output))
        let report = run.run { result in
            if live { put(TableReport.row(result, style), to: StandardStream.output) }
        }
        guard !report.results.isEmpty else {
            throw BerthError(
                .invalidArgument,
                "no check is chosen: the plugin cannot be asked for its kinds, or the "
                    + "filter fits none")
        }
        switch options.format {
        case .table: try write(TableReport.text(report, style, withRows: !live), options)
        case .json: try write(JSONReport.text(report), options)
        case .junit: try write(JUnitReport.text(report), options)
        case .markdown: throw BerthError(.invalidArgument, "the format markdown is for --list")
        }
        return report.conforms ? 0 : 1
    }

    private static func write(_ text: String, _ options: ConformanceOptions) throws {
        if let path = options.output {
            try writeFile(absolutePath(path, in: currentDirectory()), Array(text.utf8), mode: 0o644, durable: false)
        } else {
            put(text, to: StandardStream.output)
        }
    }

    @discardableResult
    private static func put(_ text: String, to descriptor: CInt) -> Bool {
        // Nobody reads it: the exit status still tells.
        (try? StandardStream.write(Array(text.utf8), to: descriptor)) != nil
    }

    private static func fail(_ message: String) -> CInt {
        put(message + "\n", to: StandardStream.error)
        return unusable
    }
}
