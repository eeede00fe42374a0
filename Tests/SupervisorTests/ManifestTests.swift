import BerthAPI
import LinuxSystem
import Testing

@testable import Supervisor

/// Manifests that nobody could go by are refused when they are read, with the member named.
struct ManifestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var member: String
        var value: String
        var reason: String
        var testDescription: String { "\(member): \(value)" }
    }

    private static let whole = [
        "name": #""odd""#, "version": #""1""#, "kinds": #"["volume"]"#, "executable": #""run""#,
        "protocol": #"{"minimum":1,"maximum":1}"#, "activation": #""onDemand""#, "failurePolicy": #""queue""#,
        "privileges": #"{"capabilities":[],"network":"none","devices":[],"paths":[]}"#,
    ]

    static let cases = [
        Case(member: "name", value: #""../odd""#, reason: "name: "),
        Case(member: "name", value: #""\#(String(repeating: "a", count: 65))""#, reason: "name: "),
        Case(member: "kinds", value: "[]", reason: "kinds: "), Case(member: "kinds", value: "7", reason: "kinds"),
        Case(member: "executable", value: #""../run""#, reason: "executable: "),
        Case(member: "executable", value: #""/bin/sh""#, reason: "executable: "),
        Case(member: "executable", value: #"".""#, reason: "executable: "),
        Case(member: "executable", value: #""a/../../run""#, reason: "executable: "),
        Case(member: "activation", value: #""sometimes""#, reason: "activation"),
        Case(member: "protocol", value: #"{"minimum":2,"maximum":9}"#, reason: "speaks protocol 2 to 9"),
        Case(member: "protocol", value: #"{"minimum":9,"maximum":1}"#, reason: "speaks protocol 9 to 1"),
        Case(member: "state", value: #"{"version":1,"reads":2}"#, reason: "state: "),
        Case(member: "state", value: #"{"version":0,"reads":0}"#, reason: "state: "),
        Case(member: "state", value: #"{"version":-1,"reads":-9223372036854775808}"#, reason: "state: "),
        Case(
            member: "privileges", value: #"{"capabilities":["CAP_ALL"],"network":"none","devices":[],"paths":[]}"#,
            reason: "privileges: "),
        Case(member: "configuration", value: "5", reason: "configuration: an object expected"),
        Case(member: "configuration", value: #"{"pattern":"x"}"#, reason: "\"pattern\" is not supported"),
        Case(member: "configuration", value: #"{"type":["string","null"]}"#, reason: "\"type\" cannot be"),
        Case(member: "configuration", value: #"{"type":"text"}"#, reason: "\"type\" cannot be"),
        Case(member: "configuration", value: #"{"properties":{"a":{"minimum":"5"}}}"#, reason: "\"minimum\" cannot be"),
        Case(member: "configuration", value: #"{"required":"a"}"#, reason: "\"required\" cannot be"),
        Case(
            member: "configuration", value: #"{"additionalProperties":0}"#, reason: "\"additionalProperties\" cannot be"
        ),
    ]

    @Test(arguments: cases) func isRefused(_ example: Case) throws {
        let error = #expect(throws: BerthError.self) { try read(example.member, example.value) }
        #expect(error?.message.contains(example.reason) == true, "\(error?.message ?? "")")
    }

    @Test func isTakenWhenWhole() throws {
        #expect(try read("summary", #""text""#).name == "odd")
        #expect(try read("state", #"{"version":3,"reads":2}"#).stateFormat.reads == 2)
    }

    @Test func isBounded() throws {
        let long = String(repeating: "x", count: 70_000)
        let error = #expect(throws: BerthError.self) { try read("summary", "\"\(long)\"") }
        #expect(error?.kind == .invalidArgument)
        let deep = String(repeating: #"{"items":"#, count: 5000) + "{}" + String(repeating: "}", count: 5000)
        #expect(throws: BerthError.self) { try read("configuration", deep) }
    }

    private func read(_ member: String, _ value: String) throws -> PluginManifest {
        let file = "/dev/shm/berth-manifest-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? removeFile(file) }
        let members = Self.whole.merging([member: value]) { $1 }.map { "\"\($0)\":\($1)" }
        try writeFile(file, Array("{\(members.joined(separator: ","))}".utf8))
        return try PluginPackage.manifest(at: file)
    }
}
