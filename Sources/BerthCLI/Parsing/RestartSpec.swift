import BerthAPI

/// `--restart`: `no`, `always`, `unless-stopped`, `on-failure[:retries]`.
public enum RestartSpec {
    public static func parse(_ text: String) throws(InvalidInput) -> RestartPolicy {
        let (name, count) = text.splitOnce(":")
        if name.isEmpty, count != nil {
            throw InvalidInput("invalid restart policy format: no policy provided before colon")
        }
        var retries: Int?
        if let count, !count.isEmpty {
            guard let number = Int(count) else {
                throw InvalidInput("invalid restart policy format: maximum retry count must be an integer")
            }
            retries = number
        }
        // docker's: the empty policy is none.
        guard let known = RestartPolicy.Name(rawValue: name.isEmpty ? "no" : String(name)) else {
            throw InvalidInput(
                "invalid restart policy: unknown policy '\(name)'; "
                    + "use one of 'no', 'always', 'on-failure', or 'unless-stopped'")
        }
        return RestartPolicy(known, maximumRetries: retries)
    }
}
