import JSON
import LinuxSystem

/// A message on its way out: its text without the newline, and the descriptors that go beside it.
struct Line: Sendable {
    var bytes: [UInt8]
    var descriptors: [SharedDescriptor] = []
}

extension Line {
    private static let start = #"{"jsonrpc":"2.0""#

    static func request(
        id: Int64, method: String, params: JSON, timeout: Int64?, progress: Bool, descriptors: [SharedDescriptor]
    ) -> Line {
        var bytes = opening()
        bytes.append(#","id":\#(id)"#)
        bytes.appendCall(method, params)
        if let timeout { bytes.append(#","timeout":\#(timeout)"#) }
        // The id of the call serves as the token: both are unique on the connection.
        if progress { bytes.append(#","progress":\#(id)"#) }
        return closing(bytes, descriptors)
    }

    static func notification(method: String, params: JSON, descriptors: [SharedDescriptor] = []) -> Line {
        var bytes = opening()
        bytes.appendCall(method, params)
        return closing(bytes, descriptors)
    }

    static func response(id: RequestID, result: JSON, descriptors: [SharedDescriptor]) -> Line {
        var bytes = opening()
        bytes.append(id)
        bytes.append(#","result":"#)
        result.write(into: &bytes)
        return closing(bytes, descriptors)
    }

    /// A nil id stands for a message whose id could not be read.
    static func failure(id: RequestID?, _ error: RPCError) -> Line {
        var bytes = opening()
        bytes.append(id)
        bytes.append(#","error":{"code":\#(error.code),"message":"#)
        bytes.append(jsonString: error.message)
        if let data = error.data {
            bytes.append(#","data":"#)
            data.write(into: &bytes)
        }
        bytes.append("}")
        return closing(bytes, [])
    }

    /// The answer to a batch.
    static func batch(_ lines: [Line]) -> Line {
        var line = Line(bytes: [])
        for part in lines {
            line.bytes.append(line.bytes.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
            line.bytes += part.bytes
            line.descriptors += part.descriptors
        }
        line.bytes.append(UInt8(ascii: "]"))
        return line
    }

    private static func opening() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(start)
        return bytes
    }

    private static func closing(_ bytes: consuming [UInt8], _ descriptors: [SharedDescriptor]) -> Line {
        var bytes = bytes
        if !descriptors.isEmpty { bytes.append(#","descriptors":\#(descriptors.count)"#) }
        bytes.append("}")
        return Line(bytes: bytes, descriptors: descriptors)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    fileprivate mutating func append(_ id: RequestID?) {
        append(#","id":"#)
        switch id {
        case .number(let number): append(String(number))
        case .string(let string): append(jsonString: string)
        case nil: append("null")
        }
    }

    fileprivate mutating func appendCall(_ method: String, _ params: JSON) {
        append(#","method":"#)
        append(jsonString: method)
        append(#","params":"#)
        params.write(into: &self)
    }

    fileprivate mutating func append(jsonString string: String) {
        append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                append(byte < 0x10 ? "\\u000" : "\\u00")
                append(String(byte, radix: 16))
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
