import Testing

@testable import Store

@Suite("The URL of a catalog in PostgreSQL")
struct PostgreSQLURLTests {
    @Test(
        "that is none is refused", arguments: ["", "postgres", "mysql://h/d", "postgres://h/d?no_such=1", "sqlite://x"])
    func refused(text: String) {
        #expect(PostgreSQLURL(text) == nil)
    }

    @Test("says where, and neither who nor by which password")
    func place() throws {
        let url = try #require(PostgreSQLURL("postgres://user:s3cret@a.example,b.example:5433/broker"))
        #expect(url.place == "postgres://a.example,b.example:5433/broker")
        #expect(url.parameters["password"] == "s3cret")
    }

    @Test("goes to the server that can be written, and elsewhere than here only when it proves who it is")
    func defaults() throws {
        let far = try #require(PostgreSQLURL("postgresql://db.example/broker"))
        #expect(far.parameters["target_session_attrs"] == "read-write")
        #expect(far.parameters["sslmode"] == "verify-full")
        #expect(far.warnings.isEmpty)
        for near in ["postgres://127.0.0.1/d", "postgres://localhost/d", "postgres:///d?host=/run/postgresql"] {
            #expect(PostgreSQLURL(near)?.parameters["sslmode"] == "prefer")
        }
    }

    @Test("has a connection that was lost while idle found out soon, unless it says otherwise")
    func keepalives() throws {
        let silent = try #require(PostgreSQLURL("postgres://db.example/broker"))
        let own = try #require(
            PostgreSQLURL(
                "postgres://db.example/broker?keepalives_idle=7&keepalives_interval=8&keepalives_count=9"
                    + "&tcp_user_timeout=10"))
        let names = ["keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"]
        #expect(names.map { silent.parameters[$0] } == ["30", "5", "3", "5000"])
        #expect(names.map { own.parameters[$0] } == ["7", "8", "9", "10"])
    }

    @Test(
        "of several servers is taken apart into one for each, with what belongs to it",
        arguments: [
            (["host": "a,b", "port": "1,2"], [["a", "", "1"], ["b", "", "2"]]),
            (["host": "a,b", "port": "1"], [["a", "", "1"], ["b", "", "1"]]),
            (["host": "a,b", "hostaddr": "192.0.2.1,", "port": ",2"], [["a", "192.0.2.1", ""], ["b", "", "2"]]),
            (["hostaddr": "192.0.2.1,192.0.2.2"], [["", "192.0.2.1", ""], ["", "192.0.2.2", ""]]),
            (["host": "a", "port": "1"], []), ([:], []),
        ] as [([String: String], [[String]])])
    func servers(used: [String: String], parts: [[String]]) throws {
        let url = try #require(PostgreSQLURL("postgres://u@x,y/broker", environment: [:]))
        let servers = url.servers(among: used)
        let found = servers.map { server in ["host", "hostaddr", "port"].map { server.parameters[$0] ?? "" } }
        #expect(found == parts)
        #expect(servers.allSatisfy { $0.parameters["user"] == "u" && $0.parameters["dbname"] == "broker" })
    }

    @Test(
        "that leaves the server to libpq's environment goes by that",
        arguments: [
            (["PGHOST": "db.example"], "verify-full", 0), (["PGHOSTADDR": "192.0.2.1"], "verify-full", 0),
            (["PGSERVICE": "broker"], "verify-full", 0), (["PGSSLMODE": "verify-full"], "verify-full", 0),
            (["PGHOST": "db.example", "PGSSLMODE": "require"], "require", 1),
            (["PGHOST": "/run/postgresql"], "prefer", 0), ([:], "prefer", 0), (["PGSSLMODE": ""], "prefer", 0),
        ] as [([String: String], String, Int)])
    func environment(_ environment: [String: String], mode: String, warnings: Int) throws {
        let url = try #require(PostgreSQLURL("postgres:///broker", environment: environment))
        #expect(url.parameters["sslmode"] == mode)
        #expect(url.warnings.count == warnings)
        let own = try #require(PostgreSQLURL("postgres://127.0.0.1/broker?sslmode=disable", environment: environment))
        #expect(own.parameters["sslmode"] == "disable")
    }

    @Test("with a weaker mode than that warns", arguments: ["require", "prefer", "disable", "verify-ca"])
    func weak(mode: String) throws {
        let url = try #require(PostgreSQLURL("postgres://db.example/broker?sslmode=\(mode)"))
        #expect(url.parameters["sslmode"] == mode)
        #expect(url.warnings.count == 1)
    }

    @Test("numbers the places of values in their order")
    func numbered() {
        #expect(PostgreSQLConnection.numbered("a = ? AND b IN (?, ?)") == "a = $1 AND b IN ($2, $3)")
        #expect(PostgreSQLConnection.numbered("none") == "none")
    }
}
