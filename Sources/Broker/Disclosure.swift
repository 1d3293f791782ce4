/// Looks for values in what a destination answered, in every form in which a program is likely to write back what it
/// was sent. It errs on the side of finding one.
///
/// The other way round than writing a value in all spellings, the text's spellings are undone: JSON's escapes, with
/// `\xHH` beside them, and a URL's, over and over; then quoted-printable, and hexadecimal, Base64 and decimal numbers,
/// wherever there is a run of them, at every offset; and in what these held, escapes once more. In what that makes, a
/// value of some length is looked for by its letters and digits alone, since lines come back indented, quoted, in a list
/// or in one. Of a shorter one only the line ends do not count.
struct Disclosure {
    /// The minimum size of a value, in bytes. A shorter one is found by chance, and missed within a longer encoding.
    static let minimumValueSize = 8
    /// The number of letters and digits from which these say enough of a value.
    static let minimumLetters = 16
    /// The maximum number of views. A text with more layers of escapes is not searched, but taken to hold a value.
    private static let maximumViews = 24
    /// The maximum number of views of a decoded text. What only looked encoded becomes noise, full of escapes.
    private static let maximumInnerViews = 8
    /// The maximum of the bytes that are looked at, to undo, compare or search, each as often as it is. A text that takes
    /// more is not searched to its end, but taken to hold a value: it would hold up unrelated requests.
    static let maximumWork = 32 << 20

    /// The values that are looked for without their line ends.
    private var whole: [Secret] = []
    /// The letters and digits of the others.
    private var letters: [Secret] = []

    /// A destination may well have taken off the white space around a value: it is looked for without. So is one that
    /// has JSON's escapes in it, such as a key in one line with `\n`, with them undone.
    init(of values: some Collection<Secret>) {
        for value in values {
            add(value)
            if let unescaped = Spelling.withoutJSON(value), unescaped.core.byteCount >= Self.minimumValueSize {
                add(unescaped)
            }
        }
    }

    private mutating func add(_ value: Secret) {
        let letters = Spelling.letters(value)
        if letters.byteCount >= Self.minimumLetters { self.letters.append(letters) } else { whole.append(value.core) }
    }

    /// Whether `text` may hold a value. Text that is not UTF-8 may: it is in an encoding that is not looked into.
    func mayBe(in text: Secret) -> Bool {
        var search = SecretSearch()
        return mayBe(in: text, &search)
    }

    func mayBe(in text: Secret, _ search: inout SecretSearch) -> Bool {
        guard whole.allSatisfy({ $0.byteCount >= Self.minimumValueSize }), text.isText, !text.contains(0) else {
            return true
        }
        let (views, isAll) = Self.views(of: text, limit: Self.maximumViews, &search)
        guard isAll else { return true }
        for view in views {
            if mayHoldValue(view, &search) { return true }
            for decoding in Spelling.decodings {
                search.work += view.byteCount
                guard let inner = decoding(view) else { continue }
                let views = Self.views(of: inner, limit: Self.maximumInnerViews, &search).views
                if views.contains(where: { mayHoldValue($0, &search) }) { return true }
            }
        }
        return false
    }

    private func mayHoldValue(_ view: Secret, _ search: inout SecretSearch) -> Bool {
        func holds(_ values: [Secret], _ form: (Secret) -> Secret) -> Bool {
            guard !values.isEmpty else { return false }
            search.work += view.byteCount
            let text = form(view)
            return values.contains { search.work > Self.maximumWork || search.finds($0, in: text) }
        }
        return holds(whole, Spelling.withoutLineEnds) || holds(letters, Spelling.letters)
    }

    /// The text, and what it becomes when its escapes are undone, in every order.
    private static func views(
        of text: Secret, limit: Int, _ search: inout SecretSearch
    ) -> (views: [Secret], isAll: Bool) {
        var views = [text]
        var next = 0
        while next < views.count {
            for unescaping in Spelling.unescapings {
                search.work += views[next].byteCount
                guard let view = unescaping(views[next]) else { continue }
                let isKnown = views.contains { known in
                    if known.byteCount == view.byteCount { search.work += view.byteCount }
                    return known.matches(view)
                }
                guard !isKnown else { continue }
                guard views.count < limit, search.work <= maximumWork else { return (views, false) }
                views.append(view)
            }
            next += 1
        }
        return (views, true)
    }
}

extension Secret {
    /// Without the white space around it, and without line ends.
    fileprivate var core: Secret { Spelling.withoutLineEnds(Spelling.withoutOuterSpace(self)) }
}
