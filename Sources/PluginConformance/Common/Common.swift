extension ConformanceCheck {
    /// What every plugin has to do, whatever its kinds.
    static let common = rows(.common, handshakes + messages + bounds + lifecycle) { $0 }
}
