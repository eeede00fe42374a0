import OCISpec

extension SpecValidation {
    static func check(_ hooks: RuntimeSpec.Hooks) throws(LaunchError) {
        let stages: [(name: String, hooks: [RuntimeSpec.Hook]?)] = [
            ("prestart", hooks.prestart), ("createRuntime", hooks.createRuntime),
            ("createContainer", hooks.createContainer), ("startContainer", hooks.startContainer),
            ("poststart", hooks.poststart), ("poststop", hooks.poststop),
        ]
        for stage in stages {
            for (index, hook) in (stage.hooks ?? []).enumerated() {
                let field = "hooks.\(stage.name)[\(index)]"
                try checkAbsolute("\(field).path", hook.path)
                for argument in hook.args ?? [] { try checkText("\(field).args", argument) }
                for entry in hook.env ?? [] { try checkText("\(field).env", entry) }
                if let timeout = hook.timeout, timeout <= 0 {
                    throw .invalid("\(field).timeout", "\(timeout) is not greater than 0")
                }
            }
        }
    }
}
