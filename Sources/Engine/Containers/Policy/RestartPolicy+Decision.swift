import BerthAPI

extension RestartPolicy {
    /// Whether a container that has ended is started again.
    ///
    /// - Parameters:
    ///   - stopped: it was told to end.
    ///   - restarts: how often that was done since it was started by hand.
    func restarts(afterExit code: Int, stopped: Bool, restarts: Int) -> Bool {
        switch name {
        case .no: false
        case .always, .unlessStopped: !stopped
        case .onFailure: !stopped && code != 0 && (limit == 0 || restarts < limit)
        }
    }

    /// Whether a container that has run before, and does not, is started with the daemon.
    func startsWithDaemon(stopped: Bool) -> Bool {
        switch name {
        case .no, .onFailure: false
        case .always: true
        case .unlessStopped: !stopped
        }
    }

    private var limit: Int { maximumRetries ?? 0 }

    /// docker's sentences.
    func validate() throws(BerthError) {
        guard let retries = maximumRetries, retries != 0 else { return }
        if name == .onFailure {
            guard retries < 0 else { return }
            throw BerthError(
                .invalidArgument, "invalid restart policy: maximum retry count cannot be negative")
        }
        throw BerthError(
            .invalidArgument,
            "invalid restart policy: maximum retry count can only be used with 'on-failure'"
                + (retries < 0 ? " and cannot be negative" : ""))
    }
}
