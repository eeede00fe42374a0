import BerthAPI

/// Names and ids of objects.
enum Identifier {
    /// 64 random hexadecimal digits. Ids that would read as numbers are not given, so that no tool takes one for a pid.
    static func make() -> String {
        while true {
            var generator = SystemRandomNumberGenerator()
            let digits = Array("0123456789abcdef")
            var id = ""
            for _ in 0..<4 {
                let word = generator.next()
                for shift in stride(from: 60, through: 0, by: -4) {
                    id.append(digits[Int((word >> UInt64(shift)) & 15)])
                }
            }
            if id.prefix(12).contains(where: { $0.isLetter }) { return id }
        }
    }

    /// docker's rule for names of containers, volumes and networks: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
    static func isName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard bytes.count >= 2, bytes.count <= 255, isAlphanumeric(bytes[0]) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 }
    }

    static func check(_ name: String, what: String) throws {
        guard isName(name) else {
            throw BerthError(
                .invalidArgument,
                "invalid \(what) name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, at least two of them",
                object: "\(what) \(name)")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
