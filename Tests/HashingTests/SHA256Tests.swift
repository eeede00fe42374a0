import Hashing
import LinuxSystem
import OCISpec
import Testing

@Suite struct SHA256Tests {
    /// The vectors of FIPS 180-4's examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func matchesTheStandard(_ text: String, hex: String) {
        #expect(SHA256.digest(of: Array(text.utf8)).hex == hex)
    }

    @Test func goesOnAfterADigestWasTaken() {
        var hash = SHA256()
        hash.update(Array("ab".utf8))
        _ = hash.finalize()
        hash.update(Array("c".utf8))
        #expect(hash.finalize() == SHA256.digest(of: Array("abc".utf8)))
    }

    @Test func hashesAFileFromAnOffset() throws {
        let path = "/tmp/berth-hash-\(UInt64.random(in: 0...UInt64.max))"
        let folder = try Folder.open(path, creating: true)
        defer { try? removeDirectory(path) }
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = try folder.open("data", .createNew)
        try RegularFile.write(file.raw, bytes, at: 0)

        var whole = SHA256()
        #expect(try whole.update(file: file.raw) == 1_000_000)
        var parts = SHA256()
        parts.update(Array(bytes[..<777_777]))
        #expect(try parts.update(file: file.raw, from: 777_777) == 222_223)
        #expect(whole.finalize() == parts.finalize())
        #expect(whole.finalize() == SHA256.digest(of: bytes))
    }
}
