import BerthAPI
import CCurl
import LinuxSystem

/// One request and its answer on a curl handle. libcurl calls back on the thread that runs `perform`, and only then.
final class CurlExchange {
    private static let errorBodyLimit = 64 << 10

    private let request: HTTPRequest
    private let control: TransferControl
    private(set) var response = HTTPResponse()
    /// What a callback failed with; curl only says that one did.
    private(set) var failure: (any Error)?
    /// Bytes of the file that are there.
    private(set) var position: Int64 = 0
    private var sent: Int64 = 0
    private var headerBytes = 0
    private var hasBegun = false

    init(_ request: HTTPRequest, _ control: TransferControl) {
        self.request = request
        self.control = control
        response.url = request.url
        if case .file(_, let offset, _) = request.sink { position = offset }
    }

    /// Installs the callbacks. The exchange must outlive the transfer.
    func attach(to handle: CurlHandle) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_WRITEDATA, pointer: me)
        handle.set(CURLOPT_HEADERDATA, pointer: me)
        handle.set(CURLOPT_READDATA, pointer: me)
        handle.set(CURLOPT_SEEKDATA, pointer: me)
        handle.set(CURLOPT_XFERINFODATA, pointer: me)
        handle.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            CurlExchange.from(me).received(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
            CurlExchange.from(me).header(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        handle.set(CURLOPT_READFUNCTION) { bytes, size, count, me in
            CurlExchange.from(me).send(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
        handle.setSeek { me, offset, origin in
            guard origin == 0 else { return 2 }
            CurlExchange.from(me).sent = Int64(offset)
            return 0
        }
        handle.setProgress { me, _, _, _, _ in CurlExchange.from(me).shouldGoOn() ? 0 : 1 }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> CurlExchange {
        Unmanaged<CurlExchange>.fromOpaque(pointer!).takeUnretainedValue()
    }

    // MARK: Callbacks

    private func shouldGoOn() -> Bool {
        guard failure == nil else { return false }
        return attempt { try control.check() }
    }

    private func attempt(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            failure = failure ?? error
            return false
        }
    }

    private func header(_ line: UnsafeRawBufferPointer) -> Int {
        headerBytes += line.count
        guard headerBytes <= HTTPResponse.headerLimit else { return 0 }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            response.status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            response.headers = [:]
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
            response.headers[text[..<colon].lowercased(), default: []].append(String(value[..<end]))
        }
        return line.count
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard attempt({ try store(bytes) }) else { return 0 }
        return bytes.count
    }

    private func store(_ bytes: UnsafeRawBufferPointer) throws {
        switch request.sink {
        case .file(let file, let offset, let limit) where response.isSuccess:
            if !hasBegun { try begin(file, offset: offset, limit: limit) }
            guard Int64(bytes.count) <= limit - position else {
                throw RegistryFailure.tooLong(expected: limit)
            }
            try RegularFile.write(file, bytes, at: position)
            position += Int64(bytes.count)
            try control.report(position)
        case .memory(let limit) where response.isSuccess:
            guard response.body.count + bytes.count <= limit else {
                throw RegistryFailure.documentTooLong(limit: limit)
            }
            response.body.append(contentsOf: bytes)
        default:
            response.body.append(contentsOf: bytes.prefix(Self.errorBodyLimit - response.body.count))
        }
    }

    /// The answer's head has come: does the body fit what was asked for?
    private func begin(_ file: CInt, offset: Int64, limit: Int64) throws {
        hasBegun = true
        if response.isWebPage { throw RegistryFailure.webPage }
        var start: Int64 = 0
        if response.status == 206 {
            guard let range = response["content-range"], range.hasPrefix("bytes \(offset)-") else {
                throw RegistryFailure.wrongRange
            }
            start = offset
        }
        if let length = response.contentLength, length > 0, start + length != limit {
            throw RegistryFailure.wrongLength(found: start + length, expected: limit)
        }
        if start == 0 { try RegularFile.truncate(file, to: 0) }
        position = start
    }

    private func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        let isFine = attempt {
            switch request.body {
            case .none: break
            case .bytes(let bytes):
                let rest = bytes[min(Int(sent), bytes.count)...].prefix(buffer.count)
                buffer.copyBytes(from: rest)
                count = rest.count
            case .file(let file, let offset, let total):
                let room = UnsafeMutableRawBufferPointer(
                    rebasing: buffer.prefix(Int(min(Int64(buffer.count), total - sent))))
                count = room.isEmpty ? 0 : try RegularFile.read(file, into: room, at: offset + sent)
                try control.report(offset + sent + Int64(count))
            }
        }
        sent += Int64(count)
        return isFine ? count : Int(CURL_READFUNC_ABORT)
    }
}
