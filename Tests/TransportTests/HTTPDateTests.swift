import Broker
import Foundation
import Support
import Testing
import Transport

@Suite("The date of an HTTP header")
struct HTTPDateTests {
    @Test("is read as Foundation writes it")
    func agreesWithFoundation() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for _ in 1...500 {
            let seconds = Int64.random(in: 0...4_102_444_800)
            let text = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
            #expect(Timestamp(httpDate: text) == Timestamp(milliseconds: seconds * 1000), "\(text)")
        }
    }

    @Test(
        "is none in any other form",
        arguments: [
            "", "Sun", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun, +6 Nov 1994 08:49:37 GMT",
        ])
    func malformed(_ text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }
}
