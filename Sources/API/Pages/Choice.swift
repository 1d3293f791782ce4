/// An option of a selection.
struct Choice {
    let value: String
    let label: String
    let isChosen: Bool
}
