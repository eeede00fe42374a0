import JSON
import Testing

@Suite struct LimitTests {
    private func nested(_ depth: Int, open: String = "[", close: String = "]") -> String {
        String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }

    @Test func countsDepth() throws {
        #expect(try JSON(parsing: nested(64))[0]?[0]?.count == 1)
        #expect(throws: JSONError(.tooDeep(maximum: 64))) { try JSON(parsing: nested(65)) }
        #expect(throws: JSONError(.tooDeep(maximum: 2))) { try JSON(parsing: "[{\"a\":[]}]", maximumDepth: 2) }
        #expect(try JSON(parsing: "[{\"a\":1},{\"b\":2}]", maximumDepth: 2).count == 2)
        #expect(throws: JSONError(.tooDeep(maximum: 0))) { try JSON(parsing: "[]", maximumDepth: 0) }
        #expect(try JSON(parsing: "1", maximumDepth: 0) == 1)
    }

    @Test func bracketsInStringsAreText() throws {
        let text = "[\"\(nested(100))\\\"[[[\\\\\", 1]"
        #expect(try JSON(parsing: text, maximumDepth: 1)[1] == 1)
    }

    @Test func takesTheGreatestDepthAndNoMore() throws {
        #expect(try JSON(parsing: nested(2047), maximumDepth: .max).count == 1)
        #expect(throws: JSONError(.tooDeep(maximum: 2047))) { try JSON(parsing: nested(2048), maximumDepth: .max) }
    }

    @Test func bombsEndEarly() {
        for text in [nested(1_000_000), String(repeating: "{\"a\":", count: 1_000_000)] {
            let time = ContinuousClock().measure {
                #expect(throws: JSONError(.tooDeep(maximum: 64))) { try JSON(parsing: text) }
            }
            #expect(time < .seconds(1))
        }
    }

    @Test func tenMegabyteStringRoundTrips() throws {
        let text = String(repeating: "0123456789", count: 1 << 20)
        let bytes = JSON(text).serialized()
        #expect(bytes.count == text.utf8.count + 2)
        #expect(try JSON(parsing: bytes).string == text)
    }

    @Test func manyMembersStayLinear() throws {
        let text = "{" + (0..<100_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}"
        let value = try JSON(parsing: text)
        #expect(value.count == 100_000)
        #expect(value["key99999"] == 99_999)
        #expect(value.description == text)
    }
}
