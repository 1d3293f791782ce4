import Broker
import Glibc

/// `SECRET_BROKER_FAULT_KILL=commit.before` ends the process, as SIGKILL does, when a write reaches that step. In test
/// builds only; other builds refuse to start with such a setting.
enum FaultSettings {
    static func steps(_ environment: [String: String]) throws -> WriteSteps {
        #if FaultInjection
        guard let text = environment["SECRET_BROKER_FAULT_KILL"] else { return WriteSteps() }
        let parts = text.split(separator: ".").map(String.init)
        guard parts.count == 2, let step = WriteStep(rawValue: parts[0]),
            let moment = WriteSteps.Moment(rawValue: parts[1])
        else { throw Failure("SECRET_BROKER_FAULT_KILL must be STEP.before or STEP.after") }
        return WriteSteps { reached, when in
            if reached == step, when == moment { kill(getpid(), SIGKILL) }
        }
        #else
        return WriteSteps()
        #endif
    }
}
