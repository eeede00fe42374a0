/// Names for containers that were given none.
enum NameGenerator {
    private static let adjectives = [
        "able", "agile", "amber", "ample", "azure", "bold", "brave", "bright", "brisk", "calm", "clear", "clever",
        "coral", "crisp", "deep", "eager", "early", "easy", "fair", "fleet", "fresh", "gentle", "glad", "golden",
        "grand", "happy", "hardy", "honest", "jolly", "keen", "kind", "light", "lively", "lucid", "lucky", "mellow",
        "merry", "mighty", "modest", "neat", "nimble", "noble", "patient", "placid", "plucky", "polite", "proud",
        "quick", "quiet", "rapid", "ready", "rosy", "salty", "sharp", "silver", "sleek", "smart", "smooth", "snug",
        "solid", "spry", "stable", "steady", "still", "stout", "sunny", "sure", "swift", "tidy", "trim", "true",
        "trusty", "vivid", "warm", "wise", "witty", "zesty",
    ]
    private static let nouns = [
        "anchor", "barge", "bark", "bay", "beacon", "boom", "bosun", "bow", "brig", "buoy", "cabin", "canoe",
        "cape", "captain", "cargo", "clipper", "coast", "compass", "cove", "crane", "crew", "current", "cutter",
        "davit", "deck", "delta", "dinghy", "dock", "dory", "ebb", "ferry", "fjord", "fleet", "frigate", "galley",
        "gull", "gulf", "halyard", "harbor", "hatch", "haven", "hawser", "helm", "hull", "inlet", "island", "jetty",
        "keel", "ketch", "knot", "lagoon", "lantern", "ledge", "lighter", "lock", "lugger", "marina", "mast", "mooring",
        "narrows", "oar", "ocean", "packet", "pier", "pilot", "pinnace", "port", "prow", "quay", "reef", "rigging",
        "rudder", "sail", "schooner", "sextant", "shoal", "skiff", "sloop", "sound", "spar", "stern", "strait",
        "tender", "tide", "tiller", "trawler", "tug", "voyage", "wake", "wharf", "yawl",
    ]

    /// `adjective_noun`; with a number once the plain ones are taken.
    static func make(taken: (String) -> Bool) -> String {
        for attempt in 0... {
            let name = "\(adjectives.randomElement() ?? "calm")_\(nouns.randomElement() ?? "bay")"
            let candidate = attempt < 10 ? name : "\(name)\(Int.random(in: 0..<10_000))"
            if !taken(candidate) { return candidate }
        }
        return Identifier.make()
    }
}
