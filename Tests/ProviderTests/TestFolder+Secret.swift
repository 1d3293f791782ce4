import Broker
import Support

extension TestFolder {
    /// - Returns: the file's path.
    @discardableResult
    func write(_ content: Secret, to name: String) throws -> String { try write(content.shown, to: name) }
}

/// For credentials of the simulator, which open nothing else.
func text(_ secret: Secret) -> String { secret.shown }
