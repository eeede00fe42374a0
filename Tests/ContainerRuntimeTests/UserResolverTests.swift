import Testing

@testable import ContainerRuntime

@Suite struct StrictNumberTests {
    @Test(arguments: ["", " 1", "+1", "-1", "01", "1 ", "0x1", "4294967295", "4294967296", "99999999999", "１"])
    func oddNumbersAreNoIdentity(text: String) {
        #expect(UInt32(strict: text) == nil)
    }

    @Test(arguments: [("0", 0), ("1", 1), ("65534", 65534), ("4294967294", 4_294_967_294)] as [(String, UInt32)])
    func plainNumbersAre(text: String, value: UInt32) {
        #expect(UInt32(strict: text) == value)
    }
}
