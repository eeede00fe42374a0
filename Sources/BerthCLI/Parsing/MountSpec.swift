import BerthAPI

/// `--mount`: `type=bind,source=/x,target=/y,readonly`, comma-separated with quotes.
public enum MountSpec {
    public static func parse(_ text: String) throws(InvalidInput) -> MountRequest {
        var builder = Builder()
        for field in try CSV.fields(text) {
            let (key, value) = field.splitOnce("=")
            try builder.set(key.lowercased(), value, field)
        }
        return try builder.finish()
    }

    private struct Builder {
        var type = "volume"
        var mount = MountRequest(kind: .volume, target: "")
        /// `bind-recursive`'s value.
        var recursion = "enabled"
        /// The first option seen that belongs to one type only, with that type.
        var specific: [(option: String, type: String)] = []

        mutating func set(_ key: String, _ value: String?, _ field: String) throws(InvalidInput) {
            switch (key, value) {
            case ("readonly", nil), ("ro", nil): mount.readOnly = true
            case ("volume-nocopy", nil):
                specific.append((key, "volume"))
                mount.noCopy = true
            case ("bind-nonrecursive", nil):
                specific.append((key, "bind"))
                mount.nonRecursive = true
            case (_, let value?): try setValue(key, value, field)
            default: throw InvalidInput("invalid field '\(field)' must be a key=value pair")
            }
        }

        private mutating func setValue(_ key: String, _ value: String, _ field: String) throws(InvalidInput) {
            switch key {
            case "type": type = value.lowercased()
            case "source", "src": mount.source = value
            case "target", "dst", "destination": mount.target = value
            case "readonly", "ro": mount.readOnly = try boolean(value, key)
            case "consistency":
                guard ["default", "consistent", "cached", "delegated"].contains(value.lowercased()) else {
                    throw InvalidInput("invalid value for consistency: \(value)")
                }
            case "image-subpath":
                specific.append((key, "image"))
                mount.subpath = value
            case let key where key.hasPrefix("bind-"): try setBind(key, value, field)
            case let key where key.hasPrefix("volume-"): try setVolume(key, value, field)
            case let key where key.hasPrefix("tmpfs-"): try setTmpfs(key, value, field)
            default: throw InvalidInput("unknown option '\(key)' in '\(field)'")
            }
        }

        private mutating func setBind(_ key: String, _ value: String, _ field: String) throws(InvalidInput) {
            specific.append((key, "bind"))
            switch key {
            case "bind-propagation":
                guard VolumeSpec.propagations.contains(value.lowercased()) else {
                    throw InvalidInput("invalid value for bind-propagation: \(value)")
                }
                mount.propagation = value.lowercased()
            case "bind-nonrecursive": mount.nonRecursive = try boolean(value, key)
            case "bind-recursive":
                guard ["enabled", "disabled", "writable", "readonly"].contains(value) else {
                    throw InvalidInput(
                        "invalid value for bind-recursive: \(value)"
                            + " (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")")
                }
                recursion = value
            default: throw InvalidInput("unknown option '\(key)' in '\(field)'")
            }
        }

        private mutating func setVolume(_ key: String, _ value: String, _ field: String) throws(InvalidInput) {
            specific.append((key, "volume"))
            switch key {
            case "volume-nocopy": mount.noCopy = try boolean(value, key)
            case "volume-driver": mount.driver = value
            case "volume-subpath": mount.subpath = value
            case "volume-opt": try add(value, to: &mount.driverOptions, field)
            case "volume-label": try add(value, to: &mount.labels, field)
            default: throw InvalidInput("unknown option '\(key)' in '\(field)'")
            }
        }

        private mutating func setTmpfs(_ key: String, _ value: String, _ field: String) throws(InvalidInput) {
            specific.append((key, "tmpfs"))
            switch key {
            case "tmpfs-size":
                guard let size = ByteSize.parse(value) else { throw InvalidInput("invalid value for \(key): \(value)") }
                mount.tmpfsSize = size
            case "tmpfs-mode":
                guard let mode = Int(value, radix: 8), mode >= 0 else {
                    throw InvalidInput("invalid value for \(key): \(value)")
                }
                mount.tmpfsMode = mode
            default: throw InvalidInput("unknown option '\(key)' in '\(field)'")
            }
        }

        private func add(
            _ pair: String, to options: inout [String: String]?, _ field: String
        ) throws(InvalidInput) {
            let (key, value) = pair.splitOnce("=")
            guard !key.isEmpty else { throw InvalidInput("invalid field '\(field)' must be a key=value pair") }
            options = (options ?? [:]).merging([key: value ?? ""]) { $1 }
        }

        private func boolean(_ value: String, _ key: String) throws(InvalidInput) -> Bool {
            switch value {
            case "1", "t", "T", "true", "TRUE", "True": return true
            case "0", "f", "F", "false", "FALSE", "False": return false
            default: throw InvalidInput("invalid value for \(key): \(value)")
            }
        }

        func finish() throws(InvalidInput) -> MountRequest {
            guard let kind = MountRequest.Kind(rawValue: type) else {
                throw InvalidInput("unknown mount type '\(type)': bind, volume, tmpfs or image")
            }
            if let foreign = specific.first(where: { $0.type != type }) {
                throw InvalidInput("cannot mix '\(foreign.type)-*' options with mount type '\(type)'")
            }
            guard !mount.target.isEmpty else { throw InvalidInput("target is required") }
            guard mount.target.hasPrefix("/") else {
                throw InvalidInput("invalid mount target '\(mount.target)': it must be an absolute path")
            }
            var mount = mount
            mount.kind = kind
            mount.source = try source(kind)
            try recurse(&mount)
            return mount
        }

        private func recurse(_ mount: inout MountRequest) throws(InvalidInput) {
            let option = "option 'bind-recursive=\(recursion)'"
            switch recursion {
            case "disabled": mount.nonRecursive = true
            case "writable", "readonly":
                guard mount.readOnly else {
                    throw InvalidInput("\(option) requires 'readonly' to be specified in conjunction")
                }
                guard recursion == "writable" || mount.propagation == "rprivate" else {
                    throw InvalidInput("\(option) requires 'bind-propagation=rprivate' to be specified in conjunction")
                }
                mount.writableSubmounts = recursion == "writable" ? true : nil
            default: break
            }
        }

        private func source(_ kind: MountRequest.Kind) throws(InvalidInput) -> String? {
            switch kind {
            case .bind:
                guard let source = mount.source, !source.isEmpty else {
                    throw InvalidInput("source is required for a bind mount")
                }
                guard let path = VolumeSpec.hostPath(source) else {
                    throw InvalidInput("invalid mount source '\(source)': it must be an absolute path")
                }
                return path
            case .volume:
                guard let name = mount.source, !name.isEmpty else {
                    guard mount.subpath == nil else {
                        throw InvalidInput("must not set volume-subpath when using anonymous volumes")
                    }
                    return nil
                }
                try VolumeSpec.checkName(name)
                return name
            case .image:
                guard let source = mount.source, !source.isEmpty else {
                    throw InvalidInput("source is required for an image mount")
                }
                return source
            case .tmpfs:
                guard mount.source == nil else { throw InvalidInput("a tmpfs mount takes no source") }
                return nil
            }
        }
    }
}

extension StringProtocol {
    /// What stands before the first `separator`, and what stands after it; nil when there is none.
    func splitOnce(_ separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (String(self), nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }

    func trimmed() -> String {
        var slice = self[startIndex..<endIndex]
        while let first = slice.first, first.isWhitespace { slice = slice.dropFirst() }
        while let last = slice.last, last.isWhitespace { slice = slice.dropLast() }
        return String(slice)
    }
}
