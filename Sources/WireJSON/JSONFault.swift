/// Why JSON was refused. It carries nothing of the text.
package enum JSONFault: Error, Sendable, Equatable {
    case malformed
    case duplicateKey
    case tooDeep
    /// A number that no `Double` can hold, such as 1e400.
    case numberOutOfRange
    case unknownField
    /// Bytes that are not UTF-8, where text was to be written.
    case notText
}
