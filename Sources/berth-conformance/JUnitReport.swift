import BerthAPI
import PluginConformance

/// JUnit's XML as continuous integration reads it: a test suite for each kind, a test case for each check.
enum JUnitReport {
    static func text(_ report: ConformanceReport) -> String {
        var kinds: [String] = []
        for result in report.results where !kinds.contains(result.check.kind.rawValue) {
            kinds.append(result.check.kind.rawValue)
        }
        let suites = kinds.map { kind in
            suite("\(report.plugin).\(kind)", report.results.filter { $0.check.kind.rawValue == kind })
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\(suites.joined())</testsuites>\n"
    }

    private static func suite(_ name: String, _ results: [CheckResult]) -> String {
        let failures = results.count { $0.failure != nil }
        let skipped = results.count { $0.skipReason != nil }
        let time = seconds(results.reduce(.zero) { $0 + $1.duration })
        return "  <testsuite name=\"\(escape(name))\" tests=\"\(results.count)\" failures=\"\(failures)\" "
            + "skipped=\"\(skipped)\" errors=\"0\" time=\"\(time)\">\n"
            + results.map { test($0, name) }.joined() + "  </testsuite>\n"
    }

    private static func test(_ result: CheckResult, _ suite: String) -> String {
        let opening =
            "    <testcase classname=\"\(escape(suite))\" name=\"\(escape(result.check.name))\" "
            + "time=\"\(seconds(result.duration))\""
        switch result.outcome {
        case .passed: return opening + "/>\n"
        case .skipped(let reason):
            return opening + ">\n      <skipped message=\"\(escape(reason))\"/>\n    </testcase>\n"
        case .failed(let failure):
            let details = [
                "claim: \(result.check.claim)", failure.request.map { "request: \($0)" },
                failure.answer.map { "answer: \($0)" }, failure.log.map { "stderr: \($0)" },
            ].compactMap(\.self).joined(separator: "\n")
            return opening + ">\n      <failure message=\"\(escape(failure.reason))\">\(escape(details))</failure>\n"
                + "    </testcase>\n"
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let digits = String(duration.totalMilliseconds % 1000 + 1000).dropFirst()
        return "\(duration.totalMilliseconds / 1000).\(digits)"
    }

    /// What XML 1.0 cannot say at all (section 2.2) becomes a replacement character.
    private static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\t", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"...:
                escaped.unicodeScalars.append(scalar)
            default: escaped += "\u{FFFD}"
            }
        }
        return escaped
    }
}
