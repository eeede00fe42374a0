import JSON
import Testing

@Suite struct ValueTests {
    let sample: JSON = ["b": [1, 2.5, "x", true, nil], "a": ["c": "d"]]

    @Test func readsWhatLiteralsSay() throws {
        #expect(sample.count == 2)
        #expect(sample["b"]?[0]?.int == 1)
        #expect(sample["b"]?[1]?.double == 2.5)
        #expect(sample["b"]?[2]?.string == "x")
        #expect(sample["b"]?[3]?.bool == true)
        #expect(sample["b"]?[4]?.isNull == true)
        #expect(sample["a"]?["c"] == "d")
        #expect(try #require(sample.object).map(\.key) == ["b", "a"])
        #expect(sample["b"]?.array?.count == 5)
    }

    @Test func answersNilForOtherTypes() {
        let text: JSON = "x"
        #expect(text.int == nil && text.double == nil && text.bool == nil && text.array == nil && text.object == nil)
        #expect(text["a"] == nil && text[0] == nil && !text.isNull && text.count == 0)
        #expect(sample["b"]?[5] == nil && sample["b"]?[-1] == nil && sample[0] == nil && sample["zz"] == nil)
        #expect(JSON.null.string == nil && JSON(1.5).int == nil && sample.string == nil)
    }

    @Test func comparesStructurally() throws {
        let same = try JSON(parsing: "{\"a\":{\"c\":\"d\"},\"b\":[1,2.5,\"x\",true,null]}")
        #expect(same == sample)
        #expect(same.hashValue == sample.hashValue)
        #expect(Set([same, sample]).count == 1)
        #expect(JSON(1) != JSON(1.0))
        #expect(JSON(0.0) == JSON(-0.0) && JSON(0.0).hashValue == JSON(-0.0).hashValue)
        #expect(sample != sample.setting("b", to: 1))
        #expect(JSON.null != false)
    }

    @Test func changesOnlyTheCopy() {
        let changed = sample.setting("b", to: 0).setting("new", to: .array([]))
        #expect(changed.description == #"{"b":0,"a":{"c":"d"},"new":[]}"#)
        #expect(sample["b"]?.count == 5 && sample.count == 2)
        #expect(JSON.null.setting("a", to: 1) == ["a": 1])
        #expect(sample.merging(["b": 1, "z": 2]).description == #"{"b":1,"a":{"c":"d"},"z":2}"#)
        #expect(sample.merging(3) == 3)
        #expect(JSON(3).merging(sample) == sample)
    }

    @Test func outlivesWhatItWasTakenFrom() throws {
        let inner = try #require(try JSON(parsing: "[[[\"deep\"]]]")[0]?[0])
        #expect(inner == ["deep"])
    }

    @Test func lastOfEqualKeysCounts() {
        #expect(JSON.object([("a", 1), ("b", 2), ("a", 3)]).description == #"{"a":3,"b":2}"#)
    }

    @Test func numbersThatAreNotFiniteBecomeNull() {
        #expect(JSON(Double.nan).isNull && JSON(Double.infinity).isNull)
    }

    /// Readers, copiers and releasers of one tree at once; a wrong reference count shows as a crash or a wrong value.
    @Test func isReadAndReleasedFromManyTasks() async throws {
        let text = #"{"list":[{"name":"a","n":1},{"name":"b","n":2}],"labels":{"x":"y"}}"#
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for round in 0..<50 {
                let shared = try JSON(parsing: text)
                for _ in 0..<8 {
                    group.addTask {
                        var parts: [JSON] = []
                        for index in 0..<100 {
                            guard let element = shared["list"]?[index % 2] else { return false }
                            parts.append(element.setting("round", to: JSON(round)))
                        }
                        let labels = shared["labels"]
                        return parts.allSatisfy { $0["n"]?.int != nil } && labels?["x"] == "y"
                            && shared.description == text
                    }
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
