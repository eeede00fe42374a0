import JSON
import Testing

/// Messages are read by people: each is tested whole.
@Suite struct ErrorTests {
    enum State: String, Codable, CaseIterable { case created, running }
    enum Level: Int, Codable { case low = 1 }

    struct Port: Codable {
        var container: UInt16
        var host: UInt16?
    }

    struct Spec: Codable {
        var name: String?
        var memory: Int64?
        var ports: [Port]?
        var labels: [String: String]?
        var env: [String]?
        var state: State?
        var level: Level?
        var cpus: Double?
        var tty: Bool?
        var deep: [String: [Port]]?
        var checked: Checked?
    }

    struct Refusal: Error, CustomStringConvertible { let description: String }

    struct Checked: Codable {
        init(from decoder: any Decoder) throws { throw Refusal(description: "never good enough") }
        func encode(to encoder: any Encoder) throws { throw Refusal(description: "never good enough") }
        init() {}
    }

    @Test(arguments: [
        (#"{"memory":"1g"}"#, "memory: expected an integer, found a string"),
        (#"{"memory":1.5}"#, "memory: expected an integer, found 1.5"),
        (#"{"memory":1e30}"#, "memory: 1e+30 is not between -9223372036854775808 and 9223372036854775807"),
        (#"{"ports":[{"container":1},{"container":70000}]}"#, "ports[1].container: 70000 is not between 0 and 65535"),
        (#"{"ports":[{"container":-1}]}"#, "ports[0].container: -1 is not between 0 and 65535"),
        (#"{"ports":[{"host":1}]}"#, "ports[0]: the member \"container\" is missing"),
        (#"{"ports":[{"container":null}]}"#, "ports[0].container: expected an integer, found null"),
        (#"{"ports":[{"container":1,"host":true}]}"#, "ports[0].host: expected an integer, found a boolean"),
        (#"{"ports":{}}"#, "ports: expected an array, found an object"),
        (#"{"ports":[[]]}"#, "ports[0]: expected an object, found an array"),
        (#"{"labels":{"com.example":1}}"#, "labels[\"com.example\"]: expected a string, found an integer"),
        (#"{"labels":[]}"#, "labels: expected an object, found an array"),
        (#"{"env":["a",null]}"#, "env[1]: expected a string, found null"),
        (#"{"state":"gone"}"#, "state: \"gone\" is not one of created, running"),
        (#"{"cpus":"2"}"#, "cpus: expected a number, found a string"),
        (#"{"tty":1}"#, "tty: expected a boolean, found an integer"),
        (#"{"name":2.0}"#, "name: expected a string, found a number"),
        (#"{"deep":{"a":[{"container":{}}]}}"#, "deep.a[0].container: expected an integer, found an object"),
        (#"{"checked":1}"#, "checked: never good enough"),
        ("[]", "expected an object, found an array"),
    ])
    func decoding(text: String, message: String) throws {
        let json = try JSON(parsing: text)
        let error = #expect(throws: JSONError.self) { try json.decode(Spec.self) }
        #expect(error?.description == message)
    }

    @Test func structuredKinds() throws {
        let missing = JSONError(.missing(path: "", key: "container"))
        #expect(throws: missing) { try ([:] as JSON).decode(Port.self) }
        #expect(missing.description == "the member \"container\" is missing")
        let mismatch = JSONError(.mismatch(path: "[1]", expected: "a string", found: "null"))
        #expect(throws: mismatch) { try (["a", nil] as JSON).decode([String].self) }
    }

    @Test func foreignDecodingErrorsKeepTheirPath() throws {
        let error = #expect(throws: JSONError.self) { try (["level": 9] as JSON).decode(Spec.self) }
        #expect(try #require(error).description.hasPrefix("level: Cannot initialize Level from invalid Int value 9"))
    }

    @Test func encoding() throws {
        let cases: [(any Encodable & Sendable, String)] = [
            (["a": [1.0, Double.nan]], "a[1]: nan is no number of JSON"),
            (["x": -Float.infinity], "x: -inf is no number of JSON"),
            ([UInt64.max], "[0]: 18446744073709551615 is beyond the integers of JSON"),
            (["c": Checked()], "c: never good enough"),
            (Double.infinity, "inf is no number of JSON"),
        ]
        for (value, message) in cases {
            let error = #expect(throws: JSONError.self) { try JSON(encoding: value) }
            #expect(error?.description == message)
        }
    }
}
