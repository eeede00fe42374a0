/// Sizes as docker takes them: `512m`, `1.5g`, `100`, `64KiB`; units are powers of 1024.
public enum ByteSize {
    private static let units: [Character: Double] = [
        "b": 1, "k": 1024, "m": 1_048_576, "g": 1_073_741_824, "t": 1_099_511_627_776, "p": 1_125_899_906_842_624,
    ]

    /// Bytes; nil for what is not a size.
    public static func parse(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard !digits.isEmpty, digits != ".", let value = Double(digits) else { return nil }
        var unit = text[digits.endIndex...].lowercased()
        if unit.hasPrefix(" ") { unit.removeFirst() }
        guard let factor = factor(unit), value * factor < 9.2e18 else { return nil }
        return Int64(value * factor)
    }

    private static func factor(_ unit: String) -> Double? {
        guard let letter = unit.first else { return 1 }
        guard let factor = units[letter] else { return nil }
        let rest = unit.dropFirst()
        return rest.isEmpty || (letter != "b" && (rest == "b" || rest == "ib")) ? factor : nil
    }

    /// Bytes of a flag's value, in the flag parser's wording.
    static func parseFlag(_ text: String) throws(InvalidInput) -> Int64 {
        guard let bytes = parse(text) else { throw InvalidInput("invalid size: '\(text)'") }
        return bytes
    }
}

/// `--cpus`: a decimal number of processors, kept as billionths.
public enum CPUCount {
    public static func parse(_ text: String) throws(InvalidInput) -> Int64 {
        let (whole, fraction) = text.splitOnce(".")
        let decimals = fraction ?? ""
        guard !(whole.isEmpty && decimals.isEmpty), (whole + decimals).utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw InvalidInput("failed to parse \(text) as a rational number") }
        let significant = decimals.reversed().drop { $0 == "0" }.reversed()
        guard significant.count <= 9 else { throw InvalidInput("value is too precise") }
        let padded = String(significant) + String(repeating: "0", count: 9 - significant.count)
        guard let value = Int64((whole.isEmpty ? "0" : whole) + padded) else {
            throw InvalidInput("\(text) processors are too many")
        }
        return value
    }
}
