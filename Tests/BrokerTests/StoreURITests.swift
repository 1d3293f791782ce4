import Broker
import Testing

@Suite("A store URI")
struct StoreURITests {
    private func parse(_ text: String) throws(StoreURIError) -> StoreURI {
        try StoreURI(text, setting: "SECRET_BROKER_STORE")
    }

    @Test("is taken apart into scheme, host and query, in order")
    func parts() throws {
        let uri = try parse("AWS-SecretManager://wandb?namespace=wandb&region=us-east-1&region=&a=b=c")
        #expect(uri.scheme == "aws-secretmanager")
        #expect(uri.host == "wandb")
        #expect(
            uri.query == [
                .init("namespace", "wandb"), .init("region", "us-east-1"), .init("region", ""), .init("a", "b=c"),
            ])
    }

    @Test(
        "may be a bare scheme, or have no host or no query",
        arguments: ["aws-secretmanager", "aws-secretmanager://", "aws-secretmanager://?", "aws-secretmanager://?&&"])
    func bare(_ text: String) throws {
        let uri = try parse(text)
        #expect(uri.scheme == "aws-secretmanager")
        #expect(uri.host.isEmpty)
        #expect(uri.query.isEmpty)
    }

    @Test("has its percent-encoding undone once, and keeps a plus sign")
    func decoding() throws {
        let uri = try parse("az-secretmanager://a%2Fb?vault_uri=https%3a%2f%2fv.example%2F&x%3Dy=%2541+%C3%A9%23%20")
        #expect(uri.host == "a/b")
        #expect(uri.query == [.init("vault_uri", "https://v.example/"), .init("x=y", "%41+é# ")])
    }

    @Test(
        "is refused for what is wrong with it",
        arguments: [
            ("", StoreURIError.Kind.scheme), ("://a", .scheme), ("1aws://a", .scheme), ("aws_x://a", .scheme),
            ("äws://a", .scheme), ("/etc/passwd", .scheme),
            ("aws://a b", .whitespace), ("aws://a\n", .whitespace), ("aws://a\0", .whitespace),
            (" aws://a", .whitespace),
            ("aws://a#b", .fragment), ("aws://user:password@host", .password), ("aws://:@", .password),
            ("aws://a?b", .parameter), ("aws://a?=b", .parameter), ("aws://a?b=c&d", .parameter),
            ("aws://a%", .percentEncoding), ("aws://a%2", .percentEncoding), ("aws://a%zz", .percentEncoding),
            ("aws://a?b=%ff", .percentEncoding), ("aws://a?b=%0a", .percentEncoding),
            ("aws://a?%00=b", .percentEncoding),
            ("aws://" + String(repeating: "a", count: 4091), .tooLong),
        ] as [(String, StoreURIError.Kind)])
    func faults(_ text: String, kind: StoreURIError.Kind) throws {
        #expect(throws: StoreURIError(setting: "SECRET_BROKER_STORE", kind: kind)) { try parse(text) }
    }

    @Test(
        "says in one sentence which setting to correct, and repeats nothing of it",
        arguments: StoreURIError.Kind.allCases)
    func sentences(_ kind: StoreURIError.Kind) {
        let sentence = StoreURIError(setting: "SECRET_BROKER_STORE_OLD", kind: kind).sentence
        #expect(sentence.hasPrefix("SECRET_BROKER_STORE_OLD "))
        #expect(sentence.contains(": "))
    }
}
