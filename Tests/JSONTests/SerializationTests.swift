import JSON
import Testing

@Suite struct SerializationTests {
    @Test func escapesWhatMustBe() {
        let text = "\"\\/\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}\u{7F}é😀\u{2028}"
        #expect(JSON(text).description == "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7F}é😀\u{2028}\"")
    }

    @Test(arguments: [
        0.1, 1, -0.0, 1e21, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3, 1e16, 123456.789,
    ])
    func realsReadBackAsTheSame(value: Double) throws {
        let read = try JSON(parsing: JSON(value).serialized())
        #expect(read.double == value)
        #expect(read.int == nil)
    }

    @Test func realsAreShort() {
        #expect(JSON.array([0.1, 1.5, 2].map { JSON($0 as Double) }).description == "[0.1,1.5,2.0]")
    }

    @Test func prettyTextIsIndented() {
        let value: JSON = ["b": [1, []], "a": [:]]
        let expected = """
            {
              "b": [
                1,
                []
              ],
              "a": {}
            }
            """
        #expect(String(decoding: value.serialized(pretty: true), as: UTF8.self) == expected)
        #expect(String(decoding: value.serialized(sortedKeys: true), as: UTF8.self) == #"{"a":{},"b":[1,[]]}"#)
    }

    @Test func sortsKeysByBytesAtEveryLevel() {
        let value: JSON = ["é": 1, "z": ["b": 1, "a": 2], "": 0, "Z": 3]
        let sorted = String(decoding: value.serialized(sortedKeys: true), as: UTF8.self)
        #expect(sorted == #"{"":0,"Z":3,"z":{"a":2,"b":1},"é":1}"#)
    }

    @Test func appendsToABuffer() {
        var bytes = Array("> ".utf8)
        JSON.array([1, 2]).write(into: &bytes)
        JSON.null.write(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "> [1,2]null")
    }
}
