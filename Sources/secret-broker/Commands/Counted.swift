extension Int {
    /// `1 secret was`, `2 secrets were`.
    func counted(_ one: String, _ several: String) -> String { "\(self) \(self == 1 ? one : several)" }
}
