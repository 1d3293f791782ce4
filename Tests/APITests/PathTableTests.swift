import Testing

@testable import API

@Suite("A table of paths")
struct PathTableTests {
    private let table = {
        var table = PathTable<String>()
        table.add("/", "home")
        table.add("/v1/teams/{team}/secrets", "list")
        table.add("/v1/teams/{team}/secrets/new", "form")
        table.add("/v1/teams/{team}/secrets/{name}", "describe")
        table.add("/v1/teams/{team}/secrets", "create")
        return table
    }()

    @Test("leads to all targets of a path, with what stands in the place of its parameters")
    func finds() throws {
        let list = try #require(table.find("/v1/teams/research/secrets"))
        #expect(list.targets == ["list", "create"])
        #expect(list.parameters.get("team") == "research")
        #expect(list.parameters.get("name") == nil)
        let one = try #require(table.find("/v1/teams/research/secrets/KEY"))
        #expect(one.targets == ["describe"])
        #expect(one.parameters.get("team") == "research")
        #expect(one.parameters.get("name") == "KEY")
        #expect(try #require(table.find("/")).targets == ["home"])
    }

    @Test("gives the first where two fit")
    func firstCounts() throws {
        #expect(try #require(table.find("/v1/teams/research/secrets/new")).targets == ["form"])
    }

    @Test(
        "passes over empty segments",
        arguments: ["//v1/teams//a/secrets", "/v1/teams/a/secrets/", "v1/teams/a/secrets"])
    func emptySegments(_ path: String) throws {
        let found = try #require(table.find(path))
        #expect(found.targets == ["list", "create"])
        #expect(found.parameters.get("team") == "a")
    }

    @Test("decodes nothing", arguments: ["a%2Fb", "a%20b", "{team}", "é", "."])
    func verbatim(_ team: String) throws {
        #expect(try #require(table.find("/v1/teams/\(team)/secrets")).parameters.get("team") == team)
    }

    @Test(
        "leads nowhere with another segment, one more or one less",
        arguments: [
            "/v1", "/v1/teams/a", "/v1/teams/secrets", "/v1/teams//secrets", "/v1/teams/a/secrets/b/c",
            "/v1/teams/a/secret", "/v1/teams/a/secrets2", "/V1/teams/a/secrets", "/v1/teams/a/%73ecrets",
            "/v2/teams/a/secrets/b", String(repeating: "/a", count: 10_000),
        ])
    func elsewhere(_ path: String) {
        #expect(table.find(path)?.targets == nil)
    }
}
