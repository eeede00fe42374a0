import BerthAPI
import JSON
import PluginConformance

/// `{plugin, executable, passed, failed, skipped, checks: [{kind, name, claim, result, …}]}`
enum JSONReport {
    static func text(_ report: ConformanceReport) -> String {
        let document: JSON = [
            "plugin": JSON(report.plugin), "executable": JSON(report.executable), "passed": JSON(report.passed),
            "failed": JSON(report.failures.count), "skipped": JSON(report.skipped.count),
            "checks": .array(report.results.map(check)),
        ]
        return String(decoding: document.serialized(pretty: true), as: UTF8.self) + "\n"
    }

    private static func check(_ result: CheckResult) -> JSON {
        var members: [(String, JSON)] = [
            ("kind", JSON(result.check.kind.rawValue)), ("name", JSON(result.check.name)),
            ("claim", JSON(result.check.claim)), ("milliseconds", JSON(result.duration.totalMilliseconds)),
        ]
        switch result.outcome {
        case .passed: members.append(("result", "passed"))
        case .skipped(let reason): members += [("result", "skipped"), ("reason", JSON(reason))]
        case .failed(let failure):
            members += [("result", "failed"), ("reason", JSON(failure.reason))]
            let texts = [("request", failure.request), ("answer", failure.answer), ("log", failure.log)]
            members += texts.compactMap { name, text in text.map { (name, JSON($0)) } }
        }
        return .object(members)
    }
}
