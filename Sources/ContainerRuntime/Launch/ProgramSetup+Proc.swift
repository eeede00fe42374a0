import LinuxSystem
import OCISpec

/// What is set through a process's files in a procfs that is known to be the host's.
extension ProgramSetup {
    /// The score of a process, `self` or its number. Returns a warning when the host does not allow one as low.
    func setOOMScore(_ proc: borrowing KernelFolder, _ name: String) throws(LaunchError) -> String? {
        guard let score = process.oomScoreAdj else { return nil }
        do {
            try proc.write("\(name)/oom_score_adj", "\(score)")
            return nil
        } catch  where error.errno == .accessDenied || error.errno == .notPermitted {
            return "oomScoreAdj \(score) is less than this host's runtime may set"
        } catch {
            throw LaunchError(error, "oomScoreAdj \(score)")
        }
    }

    /// The security modules' labels of this process after its next exec.
    func setLabels(_ proc: borrowing KernelFolder) throws(LaunchError) {
        if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined" {
            do {
                try proc.write("thread-self/attr/apparmor/exec", "exec \(profile)")
            } catch {
                throw LaunchError(.unsupported, "AppArmor profile \(profile): \(error)", error.errno)
            }
        }
        if let label = process.selinuxLabel, !label.isEmpty {
            do {
                try proc.write("thread-self/attr/exec", label)
            } catch {
                throw LaunchError(.unsupported, "SELinux label \(label): \(error)", error.errno)
            }
        }
    }
}
