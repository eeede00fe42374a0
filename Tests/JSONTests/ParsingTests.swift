import JSON
import Testing

@Suite struct ParsingTests {
    @Test(arguments: ["null", "true", "-1", "1.5", "\"x\"", "[]", "{}", " [1, {\"a\": null}]\n"])
    func acceptsAnyTopValue(text: String) throws {
        let value = try JSON(parsing: text)
        #expect(try JSON(parsing: value.serialized()) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "[1,]", "{\"a\":1,}", "{a:1}", "'x'", "[1] 2", "[1]]", "\"open", "01", "1.", ".5", "+1", "NaN",
        "Infinity", "\"tab\there\"", "\u{FEFF}1", "[1 2]", "{\"a\" 1}", "\"\\x\"", "/**/1", "1e999", "{1:2}", "\u{0}",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func namesThePlaceOfAnError() throws {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: "{\"a\": 1,\n \"b\": }") }
        guard case .syntax(let line, let column, let offset, let text) = try #require(error).kind else {
            Issue.record("\(String(describing: error)) is no syntax error")
            return
        }
        #expect(line == 2)
        #expect(column == 7)
        #expect(offset == 16)
        #expect(text.contains("unexpected token"))
        #expect("\(try #require(error))".hasPrefix("line 2, column 7: "))
    }

    @Test(arguments: ["{\"a\":1,\"a\":2}", "[{\"b\":{\"c\":1,\"c\":1}}]", "{\"a\":1,\"\\u0061\":2}"])
    func refusesDuplicateKeys(text: String) throws {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect("\(try #require(error))".contains("duplicate object key"))
    }

    @Test func readsNumbers() throws {
        #expect(try JSON(parsing: "9223372036854775807").int == .max)
        #expect(try JSON(parsing: "-9223372036854775808").int == .min)
        #expect(throws: JSONError.self) { try JSON(parsing: "9223372036854775808") }
        #expect(throws: JSONError.self) { try JSON(parsing: "-9223372036854775809") }
        #expect(try JSON(parsing: "1e3").double == 1000)
        #expect(try JSON(parsing: "1e3").int == nil)
        #expect(try JSON(parsing: "7").double == 7)
        #expect(try JSON(parsing: "-0.0").double?.sign == .minus)
        #expect(try JSON(parsing: "5e-324").double == .leastNonzeroMagnitude)
    }

    @Test func readsUnicode() throws {
        #expect(try JSON(parsing: "\"\\u00e9\\ud83d\\ude00 é😀\"").string == "é😀 é😀")
        #expect(try JSON(parsing: "\"a\\u0000b\"").string == "a\u{0}b")
        #expect(try JSON(parsing: "{\"é\\n\": 1}")["é\n"] == 1)
        for lone in ["\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u12\"", "{\"a\\u0000\": 1}"] {
            #expect(throws: JSONError.self) { try JSON(parsing: lone) }
        }
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
        ] as [[UInt8]])
    func refusesInvalidUTF8(sequence: [UInt8]) throws {
        let quoted = [UInt8(ascii: "\"")] + sequence + [UInt8(ascii: "\"")]
        let error = #expect(throws: JSONError.self) { try JSON(parsing: quoted) }
        guard case .syntax = try #require(error).kind else {
            Issue.record("\(String(describing: error)) is no syntax error")
            return
        }
    }

    @Test func takesSlicesAndRawBuffers() throws {
        let bytes = Array("xx[1,2]yy".utf8)
        #expect(try JSON(parsing: bytes[2..<7]) == [1, 2])
        #expect(try bytes[2..<7].withUnsafeBytes { try JSON(parsing: $0) } == [1, 2])
        #expect(throws: JSONError.self) { try JSON(parsing: UnsafeRawBufferPointer(start: nil, count: 0)) }
        #expect(throws: JSONError.self) { try JSON(parsing: [UInt8]()) }
    }
}
