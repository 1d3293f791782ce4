package import Broker

extension Timestamp {
    /// Reads the date of an HTTP header in the form that RFC 9110 has servers send: `Sun, 06 Nov 1994 08:49:37 GMT`.
    package init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].utf8.count == 4, words[0].last == ",", words[5] == "GMT",
            let index = months.firstIndex(of: String(words[2]))
        else { return nil }
        let month = index < 9 ? "0\(index + 1)" : "\(index + 1)"
        self.init(rfc3339: "\(words[3])-\(month)-\(words[1])T\(words[4])Z")
    }
}
