import OCISpec
import Testing

@Suite struct ProcessEnvironmentTests {
    @Test(arguments: [
        (["A=1", "B=2", "A=3"], ["A=3", "B=2"]),
        (["A=1", "A=x=y"], ["A=x=y"]),
        (["A=1", "A"], []),
        (["A", "A=1"], ["A=1"]),
        (["A="], ["A="]),
        (["=1", ""], []),
        (["AB=1", "A=2"], ["AB=1", "A=2"]),
        (["A=\u{301}1"], ["A=\u{301}1"]),
        (["\u{e9}=1", "e\u{301}=2"], ["\u{e9}=1", "e\u{301}=2"]),
    ]) func ofEachNameTheLast(_ entries: [String], _ merged: [String]) {
        #expect(ProcessEnvironment.merged(entries) == merged)
    }
}
