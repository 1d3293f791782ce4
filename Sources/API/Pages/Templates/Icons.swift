/// Icons beside words that say the same, and so hidden from screen readers.
let iconTemplates: [String: String] = [
    "icon-key": icon(#"<circle cx="8" cy="15" r="4.5"/><path d="m11.2 11.8 8.3-8.3M16 7l3 3M13.5 9.5l2 2"/>"#),
    "icon-pencil": icon(#"<path d="M4 20l1-4.5L16.5 4a2.1 2.1 0 0 1 3 3L8.5 19 4 20zM14 6.5l3 3"/>"#),
    "icon-trash": icon(#"<path d="M4 7h16M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.3 11v5.5M13.7 11v5.5"/>"#),
    "icon-copy": icon(
        #"<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M15 5.5V5a1 1 0 0 0-1-1H5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h.5"/>"#
    ),
    "icon-hook": icon(#"<path d="M4 12h11M11 7.5l4.5 4.5-4.5 4.5M19.5 5v14"/>"#),
    "icon-warning": icon(#"<path d="M12 4 2.8 19.5h18.4L12 4zM12 10v4.5M12 17v.2"/>"#),
    "icon-done": icon(#"<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8L16 9.6"/>"#),
    "icon-brand": icon(#"<circle cx="8" cy="8.5" r="4.5"/><path d="m11.3 11.7 8.2 8.2M16 16.4l2.6-2.6"/>"#),
]

private func icon(_ shape: String) -> String {
    """
    <svg class="glyph" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" \
    stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">\(shape)</svg>
    """
}
