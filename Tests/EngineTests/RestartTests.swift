import BerthAPI
import Testing

@testable import Engine

@Suite struct RestartTests {
    @Test func waitsTwiceAsLongEachTimeUpToAMinute() {
        var backoff = RestartBackoff()
        let delays = (0..<12).map { _ in backoff.delay(afterRunOf: .milliseconds(9999)) }
        let expected = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]
        #expect(delays == expected.map { .milliseconds($0) })
    }

    @Test func aRunOfTenSecondsIsAFreshStart() {
        var backoff = RestartBackoff()
        for _ in 0..<5 { _ = backoff.delay(afterRunOf: .zero) }
        let delays = [backoff.delay(afterRunOf: .seconds(10)), backoff.delay(afterRunOf: .seconds(9))]
        #expect(delays == [.milliseconds(100), .milliseconds(200)])
    }

    @Test func whoIsStartedAgain() {
        let always = RestartPolicy(.always)
        let unlessStopped = RestartPolicy(.unlessStopped)
        let onFailure = RestartPolicy(.onFailure)
        for code in [0, 1, 137] {
            #expect(!RestartPolicy(.no).restarts(afterExit: code, stopped: false, restarts: 0))
            for policy in [always, unlessStopped, onFailure] {
                #expect(!policy.restarts(afterExit: code, stopped: true, restarts: 0))
                let isDue = policy.name != .onFailure || code != 0
                #expect(policy.restarts(afterExit: code, stopped: false, restarts: 1000) == isDue, "\(policy) \(code)")
            }
        }
    }

    @Test func retriesHaveAnEnd() {
        let policy = RestartPolicy(.onFailure, maximumRetries: 2)
        #expect(
            (0..<4).map { policy.restarts(afterExit: 1, stopped: false, restarts: $0) } == [true, true, false, false])
        #expect(RestartPolicy(.onFailure, maximumRetries: 0).restarts(afterExit: 1, stopped: false, restarts: 99))
    }

    @Test func whoIsStartedWithTheDaemon() {
        let cases: [(RestartPolicy.Name, running: Bool, stopped: Bool)] = [
            (.no, false, false), (.onFailure, false, false), (.always, true, true), (.unlessStopped, true, false),
        ]
        for (name, running, stopped) in cases {
            #expect(RestartPolicy(name).startsWithDaemon(stopped: false) == running, "\(name)")
            #expect(RestartPolicy(name).startsWithDaemon(stopped: true) == stopped, "\(name)")
        }
    }

    @Test(arguments: [
        (RestartPolicy(.always, maximumRetries: 3), "maximum retry count can only be used with 'on-failure'"),
        (
            RestartPolicy(.no, maximumRetries: -1),
            "maximum retry count can only be used with 'on-failure' and cannot be negative"
        ),
        (RestartPolicy(.onFailure, maximumRetries: -1), "maximum retry count cannot be negative"),
    ])
    func whatCannotBeMeant(_ policy: RestartPolicy, _ reason: String) {
        let error = #expect(throws: BerthError.self) { try policy.validate() }
        #expect(error?.message == "invalid restart policy: \(reason)")
    }
}
