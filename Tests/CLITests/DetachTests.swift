import Testing

@testable import BerthCLI

@Suite struct DetachTests {
    @Test func sequences() throws {
        #expect(try DetachKeys.parse("ctrl-p,ctrl-q") == [16, 17])
        #expect(try DetachKeys.parse("a,ctrl-@,ctrl-_") == [97, 0, 31])
        #expect(try DetachKeys.parse("") == [])
        for text in ["ctrl-*", "ab", "ctrl-p,", "ctrl-"] {
            #expect(throws: InvalidInput.self) { try DetachKeys.parse(text) }
        }
    }

    private func feed(_ matcher: inout DetachMatcher, _ text: String) -> (String, Bool) {
        let (bytes, detached) = Array(text.utf8).withUnsafeBytes { matcher.feed($0) }
        return (String(decoding: bytes, as: UTF8.self), detached)
    }

    @Test func passesOnWhatIsNotTheSequence() {
        var matcher = DetachMatcher(Array("ab".utf8))
        #expect(feed(&matcher, "xay") == ("xay", false))
        #expect(feed(&matcher, "za") == ("z", false))
        #expect(feed(&matcher, "c") == ("ac", false))
        #expect(feed(&matcher, "qa") == ("q", false))
        #expect(feed(&matcher, "b") == ("", true))
    }

    @Test func findsASequenceThatBeginsInsideAFailedOne() {
        var matcher = DetachMatcher(Array("aab".utf8))
        #expect(feed(&matcher, "aaab") == ("a", true))
        var repeated = DetachMatcher(Array("abab".utf8))
        #expect(feed(&repeated, "ababx") == ("", true))
    }

    @Test func nothingDetachesWithoutKeys() {
        var matcher = DetachMatcher([])
        #expect(feed(&matcher, "\u{10}\u{11}") == ("\u{10}\u{11}", false))
    }
}
