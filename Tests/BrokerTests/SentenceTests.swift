import Testing

@testable import Broker

@Suite("A message as prose")
struct SentenceTests {
    @Test(
        "begins with a capital letter and ends with a full stop, and has no second one",
        arguments: [
            ("the store is down: try again", "The store is down: try again."), ("a value's end.", "A value's end."),
            ("AWS denies it", "AWS denies it."),
        ])
    func sentences(_ message: String, sentence: String) {
        #expect(message.asSentence == sentence)
    }

    @Test(
        "keeps the spelling of a name that it begins with",
        arguments: ["abc.vault.azure.net did not answer", "https://h is no API server", "role_arn is not one", "5 s"])
    func names(_ message: String) {
        #expect(message.asSentence == message + ".")
    }
}
