/// A list of numbers as cpuset(7) writes it: `0-2,7`.
struct NumberSet: Hashable {
    private static let largest = 65_535
    private var ranges: [ClosedRange<Int>] = []

    /// nil for what is no list.
    init?(_ text: String) {
        for part in text.filter({ !$0.isWhitespace }).split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = Self.number(ends[0]),
                let last = Self.number(ends[ends.count - 1]), first <= last
            else { return nil }
            ranges.append(first...last)
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.allSatisfy(\.isNumber), let number = Int(text), number <= largest else { return nil }
        return number
    }

    /// Whether all of another list's numbers are in this one.
    func contains(_ other: NumberSet) -> Bool {
        other.ranges.allSatisfy { range in
            range.allSatisfy { number in ranges.contains { $0.contains(number) } }
        }
    }
}
