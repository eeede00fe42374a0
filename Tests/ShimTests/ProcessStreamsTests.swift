import LinuxSystem
import ShimStreams
import Testing

/// The pump between pipes and sockets of the test's own; the process is the test.
@Suite struct ProcessStreamsTests {
    @Test func everyReaderGetsEveryByte() throws {
        let bench = try StreamBench()
        let log = try bench.openLog(from: 0)
        let client = try bench.attach()
        bench.write("out\n", to: .stdout)
        bench.run { log.payload.count == 4 && client.bytes.count == 12 }
        bench.write("err", to: .stderr)
        bench.run { log.payload.count == 7 && client.bytes.count == 23 }
        #expect(log.frames.map(\.stream) == [1, 2])
        #expect(log.frames.map(\.sequence) == [0, 4])
        #expect(client.bytes.prefix(12).elementsEqual([1, 0, 0, 0, 0, 0, 0, 4] + Array("out\n".utf8)))
        #expect(client.bytes.dropFirst(12).elementsEqual([2, 0, 0, 0, 0, 0, 0, 3] + Array("err".utf8)))
    }

    @Test func aLostLogStreamLosesAndRepeatsNothing() throws {
        let bench = try StreamBench()
        let first = try bench.openLog(from: 0, acknowledging: false)
        let text = bench.writePattern(300_000)
        bench.run { first.payload.count >= 200_000 }
        let stored = first.payload.count - 1234
        bench.drop(first)
        let second = try bench.openLog(from: UInt64(stored))
        bench.run { stored + second.payload.count == text.count }
        #expect(first.payload.prefix(stored) + second.payload == text)
        #expect(second.frames.first?.sequence == UInt64(stored))
    }

    @Test func aFullLogMakesTheProcessWait() throws {
        let bench = try StreamBench()
        let silent = try bench.openLog(from: 0, acknowledging: false)
        let text = bench.writePattern(3 << 20)
        bench.run { bench.ringCount > 900 << 10 && !bench.canRead }
        #expect(bench.unwritten > 1 << 20)
        bench.drop(silent)
        let second = try bench.openLog(from: 0)
        bench.run { second.payload.count == text.count }
        #expect(second.payload == text)
    }

    @Test func aNonBlockingLogDropsTheOldest() throws {
        var options = ProcessStreams.Options()
        options.nonBlockingLog = true
        let bench = try StreamBench(options)
        let text = bench.writePattern(4 << 20)
        bench.run { bench.unwritten == 0 }
        bench.finish()
        let log = try bench.openLog(from: 0)
        bench.run { log.hasEnded }
        #expect(log.payload.count < text.count && log.payload.count > 512 << 10)
        #expect(text.suffix(log.payload.count).elementsEqual(log.payload))
    }

    @Test func aSlowClientMakesTheProcessWaitAndOneThatLeavesDoesNot() throws {
        let bench = try StreamBench()
        let client = try bench.attach(reading: false)
        let text = bench.writePattern(3 << 20)
        bench.run { bench.ringCount > 900 << 10 && !bench.canRead }
        #expect(bench.unwritten > 0)
        client.close()
        bench.run { bench.unwritten == 0 && bench.ringCount == 0 }
        #expect(text.count == 3 << 20)
    }

    /// Two viewers and the log read on while a third holds still; what it missed it is told in its place.
    @Test func aSlowViewerHurtsNobody() throws {
        let bench = try StreamBench()
        let log = try bench.openLog(from: 0)
        let slow = try bench.attach(reading: false, isViewer: true)
        let viewer = try bench.attach(isViewer: true)
        let text = bench.writePattern(6 << 20)
        bench.run { log.payload.count == text.count && bench.unwritten == 0 }
        #expect(log.payload == text)
        bench.finish()
        bench.run { viewer.isAtEnd }
        #expect(viewer.payload == text)
        try slow.startReading()
        bench.run { slow.isAtEnd }
        // `berth: 12345 bytes of output were left out: …`
        let told = slow.notices.compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        let received = slow.payload
        #expect(!told.isEmpty && received.count + told.reduce(0, +) == text.count)
        #expect(text.starts(with: received.prefix(64 << 10)))
    }

    /// Nobody else reads: the process waits for a viewer as for any other client.
    @Test func theOnlyReaderLosesNothing() throws {
        let bench = try StreamBench()
        let viewer = try bench.attach(reading: false, isViewer: true)
        let text = bench.writePattern(3 << 20)
        bench.run { bench.ringCount > 900 << 10 && !bench.canRead }
        try viewer.startReading()
        bench.run { bench.unwritten == 0 }
        bench.finish()
        bench.run { viewer.isAtEnd }
        #expect(viewer.payload == text && viewer.notices.isEmpty)
    }

    @Test func inputOfAClientThatEndsIsTheEndOfInput() throws {
        var options = ProcessStreams.Options()
        options.stdinOnce = true
        let bench = try StreamBench(options)
        let client = try bench.attach()
        client.send("typed")
        client.shutdown()
        bench.run { bench.inputEnded }
        #expect(bench.input == Array("typed".utf8))
        bench.write("still there", to: .stdout)
        bench.run { client.bytes.count == 8 + 11 }
    }

    @Test func openInputOutlivesItsClients() throws {
        let bench = try StreamBench()
        for text in ["one", "two"] {
            let client = try bench.attach()
            let before = bench.input.count
            client.send(text)
            client.close()
            bench.run { bench.input.count == before + 3 }
        }
        #expect(!bench.inputEnded)
        #expect(bench.input == Array("onetwo".utf8))
    }

    @Test func moreInputThanThePipeTakesWaits() throws {
        let bench = try StreamBench(readingInput: false)
        let client = try bench.attach()
        let text = [UInt8](repeating: 7, count: 1 << 20)
        client.send(text)
        bench.write("now", to: .stdout)
        bench.run { client.bytes.count == 11 }
        bench.startReadingInput()
        bench.run { bench.input.count == text.count }
    }

    @Test func theEndReachesEverybody() throws {
        let bench = try StreamBench()
        let log = try bench.openLog(from: 0)
        let client = try bench.attach()
        bench.write("last", to: .stdout)
        bench.finish()
        bench.run { log.hasEnded && client.isAtEnd }
        #expect(log.payload == Array("last".utf8))
        #expect(client.bytes.count == 12)
    }

    @Test func anOutputThatIsHeldOpenDoesNotHoldUpTheEnd() throws {
        let bench = try StreamBench()
        bench.write("x", to: .stdout)
        var ended = false
        bench.streams.finish(within: .milliseconds(20)) { ended = true }
        bench.run { ended }
        #expect(bench.reports.contains { $0.contains("held open") })
    }

    /// The acknowledgement and the end of the stream may be read in one go: the end of the log was stored all the same.
    @Test func aDriverThatLeavesAfterTheEndHasStoredIt() throws {
        let bench = try StreamBench()
        let log = try bench.openLog(from: 0)
        bench.write("last words", to: .stdout)
        bench.finish()
        bench.run { log.hasEnded }
        log.close()
        let stored = Flag()
        bench.streams.whenStored(within: .seconds(60)) { stored.isSet = true }
        bench.run { stored.isSet }
        #expect(bench.reports.isEmpty)
    }

    @Test func aDriverThatClaimsTooMuchLosesItsStream() throws {
        let bench = try StreamBench()
        let liar = try bench.openLog(from: 1000)
        bench.run { liar.isAtEnd }
        bench.write("kept", to: .stdout)
        let honest = try bench.openLog(from: 0)
        bench.run { honest.payload.count == 4 }
    }
}
