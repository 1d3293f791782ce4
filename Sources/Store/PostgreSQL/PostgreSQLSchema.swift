import Broker

/// Recognises a database as a catalog, brings it to the last of `migrations`, and says how every transaction begins.
enum PostgreSQLSchema {
    /// The settings of each connection, whatever the server's configuration says or will say. A commit waits for the
    /// disk, and for a synchronous standby where there is one; no time limit ends that wait. The server ends what takes
    /// too long before the broker gives it up (`PostgreSQLEngine.patience`), so that a slow statement costs no
    /// connection. A broker that vanishes soon leaves the lock to the others.
    static let settings = """
        SELECT set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
            THEN 'on' ELSE current_setting('synchronous_commit') END, false);
        SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval';
        SET statement_timeout = '3500ms';
        SET lock_timeout = '3s';
        SET idle_in_transaction_session_timeout = '5s';
        SET client_min_messages = 'warning';
        SELECT current_setting('fsync') AS fsync
        """

    /// Reads the timeline: the first eight digits of the name of a file of the log.
    static let timeline = """
        SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
        """

    /// A reader may pause for as long as it writes elsewhere what it has read.
    static let beginRead = """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL idle_in_transaction_session_timeout = 0
        """

    private static let writeLock = """
        pg_advisory_xact_lock(\(SQLiteSchema.applicationID), ('audit'::regclass::oid::bigint % 2147483647)::int)
        """

    /// Takes the catalog's lock and then reads the time, the number of changes so far, and which programs the schema is
    /// for, since a later program may have migrated it under this one.
    static let beginWrite = """
        BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
        SELECT \(writeLock);
        SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, \(AccessState.column),
            (SELECT oldest FROM catalog) AS oldest
        """

    /// Nil where there is no catalog, and one can be made. Waits for nobody.
    /// - Throws: `notACatalog`, `newer`, `permissionDenied`.
    static func version(of connection: PostgreSQLConnection, place: String) throws -> Int? {
        func run(_ sql: String) throws -> [Row] {
            try connection.execute(sql, until: .now + PostgreSQLEngine.patience)
        }
        guard try !run("SELECT 1 AS there WHERE to_regclass('catalog') IS NOT NULL").isEmpty else {
            let tables = try run("SELECT 1 AS there FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")
            guard tables.isEmpty else { throw CatalogOpenError.notACatalog(path: place) }
            let grants = try run("SELECT 1 AS there WHERE has_schema_privilege(current_schema(), 'CREATE')")
            guard !grants.isEmpty else { throw CatalogOpenError.permissionDenied(path: place) }
            return nil
        }
        let row = try run("SELECT schema, oldest FROM catalog").first.orDamaged()
        let schema = Int(try row.integer("schema"))
        guard try row.integer("oldest") <= migrations.count else {
            throw CatalogOpenError.newer(path: place, schema: schema, known: migrations.count)
        }
        return schema
    }

    /// Brings the schema to the last version, as far as that is allowed. Under a lock: of several brokers that start
    /// together, one migrates.
    /// - Returns: the database's time, and whether it was empty.
    static func prepare(
        _ connection: PostgreSQLConnection, place: String, allowing preparation: CatalogPreparation
    ) throws -> (now: Timestamp, isNew: Bool) {
        func run(_ sql: String) throws -> [Row] { try connection.execute(sql, until: .now + .seconds(60)) }
        _ = try run(
            "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; "
                + "SELECT pg_advisory_xact_lock(\(SQLiteSchema.applicationID), 0)")
        if try run("SELECT 1 AS there WHERE to_regclass('catalog') IS NOT NULL").isEmpty {
            let tables = try run("SELECT 1 AS there FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")
            guard tables.isEmpty else { throw CatalogOpenError.notACatalog(path: place) }
            guard preparation != .none else { throw CatalogOpenError.missing(path: place) }
            _ = try run("CREATE TABLE catalog (schema BIGINT NOT NULL, oldest BIGINT NOT NULL)")
            _ = try run("INSERT INTO catalog VALUES (0, 0)")
        }
        let row = try run("SELECT schema, oldest FROM catalog").first.orDamaged()
        let (schema, oldest) = (Int(try row.integer("schema")), Int(try row.integer("oldest")))
        guard oldest <= migrations.count else {
            throw CatalogOpenError.newer(path: place, schema: schema, known: migrations.count)
        }
        guard schema == 0 || schema >= migrations.count || preparation == .upgrade else {
            throw CatalogOpenError.older(path: place, schema: schema, known: migrations.count)
        }
        if schema < migrations.count {
            // No write of another broker runs meanwhile.
            if schema > 0 { _ = try run("SELECT \(writeLock)") }
            // The tables of a large catalog take as long as they take: given up half-way, it would only begin again.
            for migration in migrations[schema...] {
                _ = try connection.execute(migration.sql, until: .now + .seconds(86_400))
            }
            _ = try run(
                "UPDATE catalog SET schema = \(migrations.count), oldest = \(migrations.map(\.oldest).max() ?? 0)")
        }
        let now = try run("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now").first.orDamaged()
        try connection.execute([], committing: true, patience: .seconds(60))
        return (try now.time("now"), schema == 0)
    }
}
