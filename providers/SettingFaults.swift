/// What is wrong with settings, a sentence for each fault. Thrown where nil already means that nothing is set.
struct SettingFaults: Error {
    let sentences: [String]

    init(_ sentence: String) {
        sentences = [sentence]
    }

    private init(_ sentences: [String]) {
        self.sentences = sentences
    }

    /// What `read` makes. Throws whatever faults it collects.
    static func thrown<Value>(_ read: (inout [String]) -> Value?) throws(SettingFaults) -> Value? {
        var sentences: [String] = []
        let value = read(&sentences)
        guard sentences.isEmpty else { throw SettingFaults(sentences) }
        return value
    }
}
