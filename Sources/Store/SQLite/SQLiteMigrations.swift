/// The tables. Times are milliseconds since 1970; hashes are lower-case hexadecimal.
extension SQLiteSchema {
    /// The migrations, in order. Each brings the schema to the next version. Append only: catalogs exist that applied
    /// them.
    static let migrations = [
        """
        -- Where each store is, so that one that was pointed elsewhere is noticed.
        CREATE TABLE store (
            name TEXT PRIMARY KEY NOT NULL,
            identity TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE secret (
            team TEXT NOT NULL,
            name TEXT NOT NULL,
            store TEXT NOT NULL REFERENCES store (name),
            reference TEXT NOT NULL UNIQUE,
            pin TEXT NOT NULL,
            journaled_at INTEGER NOT NULL,
            committed_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            updated_at INTEGER NOT NULL,
            updated_by TEXT NOT NULL,
            PRIMARY KEY (team, name)
        ) STRICT, WITHOUT ROWID;

        -- References that must not exist at their provider unless they are committed.
        -- writing: undecided, the secret's write lock; due_at is the end of the lease.
        -- purge, repeat: to be purged at due_at, for the first or the second time. held: gone for good at due_at.
        CREATE TABLE journal (
            reference TEXT PRIMARY KEY NOT NULL,
            store TEXT NOT NULL REFERENCES store (name),
            team TEXT NOT NULL,
            name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('writing', 'purge', 'repeat', 'held')),
            write_id TEXT,
            action TEXT,
            journaled_at INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            failures INTEGER NOT NULL DEFAULT 0,
            CHECK (state <> 'writing' OR (write_id IS NOT NULL AND action IS NOT NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX journal_write_lock ON journal (team, name) WHERE state = 'writing';
        CREATE INDEX journal_by_due ON journal (state, due_at);

        -- How each write of the last day ended; the first to be written stands.
        -- A committed one keeps what it made or removed, for a writer that asks again.
        CREATE TABLE decision (
            write_id TEXT PRIMARY KEY NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('committed', 'settled')),
            decided_at INTEGER NOT NULL,
            team TEXT,
            name TEXT,
            store TEXT,
            reference TEXT,
            pin TEXT,
            journaled_at INTEGER,
            committed_at INTEGER,
            created_at INTEGER,
            created_by TEXT,
            updated_at INTEGER,
            updated_by TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX decision_by_age ON decision (decided_at);

        -- The version that a secret names can never be due for purging, whatever the program does.
        CREATE TRIGGER journal_spares_the_present BEFORE INSERT ON journal
        WHEN EXISTS (SELECT 1 FROM secret WHERE reference = NEW.reference)
        BEGIN SELECT RAISE(ABORT, 'the reference is in use'); END;
        CREATE TRIGGER secret_insert_is_decided BEFORE INSERT ON secret
        WHEN EXISTS (SELECT 1 FROM journal WHERE reference = NEW.reference)
        BEGIN SELECT RAISE(ABORT, 'the reference is in the journal'); END;
        CREATE TRIGGER secret_update_is_decided BEFORE UPDATE OF reference ON secret
        WHEN EXISTS (SELECT 1 FROM journal WHERE reference = NEW.reference)
        BEGIN SELECT RAISE(ABORT, 'the reference is in the journal'); END;

        -- hash is SHA-256 of the hash before it (64 zeros before the first) followed by the record.
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY NOT NULL,
            record TEXT NOT NULL,
            hash TEXT NOT NULL,
            team TEXT AS (record ->> 'entity_name') VIRTUAL
        ) STRICT;
        CREATE INDEX audit_by_team ON audit (team, seq);
        CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'a record is never changed'); END;

        -- Who used a secret last when: derived from the audit log, in the transaction that appends to it.
        CREATE TABLE usage (
            team TEXT NOT NULL,
            name TEXT NOT NULL,
            automation TEXT NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY (team, name, automation)
        ) STRICT, WITHOUT ROWID;

        -- secrets: names with commas between; null is every secret of the team.
        CREATE TABLE token (
            id TEXT PRIMARY KEY NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            team TEXT,
            secrets TEXT,
            webhook TEXT,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            minted_by TEXT REFERENCES token (id),
            revoked_at INTEGER
        ) STRICT;
        CREATE INDEX token_by_minter ON token (minted_by);
        """,
        """
        -- The brokers that are alive until seen_until, and the names of their stores with commas between.
        CREATE TABLE broker (
            id TEXT PRIMARY KEY NOT NULL,
            stores TEXT NOT NULL,
            seen_until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Where a team's new versions go since a migration began, whatever the settings say.
        CREATE TABLE team_store (
            team TEXT PRIMARY KEY NOT NULL,
            store TEXT NOT NULL REFERENCES store (name)
        ) STRICT, WITHOUT ROWID;
        """,
        """
        -- How often values of a secret left the broker on a day (UTC, days since 1970): derived from the audit log, in
        -- the transaction that appends to it.
        CREATE TABLE daily_use (
            day INTEGER NOT NULL,
            team TEXT NOT NULL,
            name TEXT NOT NULL,
            uses INTEGER NOT NULL,
            PRIMARY KEY (day, team, name)
        ) STRICT, WITHOUT ROWID;
        \(dailyUseFromLog)
        """,
        """
        -- The names of secrets are no foreign keys: a secret can be deleted, and its name taken again.
        CREATE TABLE webhook (
            team TEXT NOT NULL,
            name TEXT NOT NULL,
            revision TEXT NOT NULL,
            confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
            url TEXT NOT NULL,
            access_token TEXT,
            signing_secret TEXT,
            signature_encoding TEXT NOT NULL,
            verify_with TEXT,
            answer TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            updated_at INTEGER NOT NULL,
            updated_by TEXT NOT NULL,
            PRIMARY KEY (team, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE webhook_header (
            team TEXT NOT NULL,
            webhook TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (team, webhook, name),
            FOREIGN KEY (team, webhook) REFERENCES webhook (team, name) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        -- at: the JSON pointer of the leaf that holds the secret's placeholder.
        CREATE TABLE webhook_payload_secret (
            team TEXT NOT NULL,
            webhook TEXT NOT NULL,
            at TEXT NOT NULL,
            secret TEXT NOT NULL,
            PRIMARY KEY (team, webhook, at),
            FOREIGN KEY (team, webhook) REFERENCES webhook (team, name) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        -- Relay tokens that were made before there were webhooks deliver to none.
        UPDATE token SET revoked_at = created_at WHERE webhook IS NOT NULL AND revoked_at IS NULL;
        CREATE INDEX token_by_webhook ON token (team, webhook) WHERE webhook IS NOT NULL;
        """,
        """
        -- Present versions that were found changed behind the broker's back.
        CREATE TABLE drift (
            reference TEXT PRIMARY KEY NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('absent', 'disabled', 'corrupt', 'superseded')),
            found_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER drift_ends_with_a_rotation AFTER UPDATE OF reference ON secret BEGIN
            DELETE FROM drift WHERE reference = OLD.reference;
        END;
        CREATE TRIGGER drift_ends_with_its_secret AFTER DELETE ON secret BEGIN
            DELETE FROM drift WHERE reference = OLD.reference;
        END;
        """,
        """
        -- The log up to a record, which is complete, and the hash that covers it. Where it is pruned the records are gone
        -- and the hash stays, as the anchor of what follows.
        CREATE TABLE audit_segment (
            last_seq INTEGER PRIMARY KEY NOT NULL,
            hash TEXT NOT NULL,
            last_at INTEGER NOT NULL,
            pruned_at INTEGER
        ) STRICT;
        CREATE TRIGGER audit_goes_by_pruned_segments BEFORE DELETE ON audit
        WHEN NOT EXISTS (SELECT 1 FROM audit_segment WHERE last_seq >= OLD.seq AND pruned_at IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'a record goes with its segment'); END;
        """,
        """
        -- 0: an object of somebody else's that was adopted.
        ALTER TABLE secret ADD COLUMN owned INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE decision ADD COLUMN owned INTEGER;
        UPDATE decision SET owned = 1 WHERE reference IS NOT NULL;
        """,
        """
        -- When the backup was made that this catalog was restored from: until `reconcile` has run, nothing is purged.
        CREATE TABLE restored (
            backed_up_at INTEGER NOT NULL
        ) STRICT;
        """,
        """
        -- Where the catalog went: from then on it is not opened.
        CREATE TABLE sealed (
            sealed_at INTEGER NOT NULL,
            successor TEXT NOT NULL
        ) STRICT;
        """,
        """
        -- How often a token or a secret that was there was changed or removed: what is remembered of one holds no longer.
        CREATE TABLE access_state (
            changes INTEGER NOT NULL
        ) STRICT;
        INSERT INTO access_state VALUES (0);
        CREATE TRIGGER token_change_counts AFTER UPDATE ON token BEGIN
            UPDATE access_state SET changes = changes + 1;
        END;
        CREATE TRIGGER token_removal_counts AFTER DELETE ON token BEGIN
            UPDATE access_state SET changes = changes + 1;
        END;
        CREATE TRIGGER secret_change_counts AFTER UPDATE ON secret BEGIN
            UPDATE access_state SET changes = changes + 1;
        END;
        CREATE TRIGGER secret_removal_counts AFTER DELETE ON secret BEGIN
            UPDATE access_state SET changes = changes + 1;
        END;
        """,
        """
        -- A webhook is remembered as well. One that is changed is removed and written anew.
        CREATE TRIGGER webhook_change_counts AFTER UPDATE ON webhook BEGIN
            UPDATE access_state SET changes = changes + 1;
        END;
        CREATE TRIGGER webhook_removal_counts AFTER DELETE ON webhook BEGIN
            UPDATE access_state SET changes = changes + 1;
        END;
        """,
        """
        -- As daily_use, but behind the log: it and usage say what the log says through this record. daily_use stays for a
        -- broker that had the catalog open when this was made.
        CREATE TABLE uses_by_day (
            day INTEGER NOT NULL,
            team TEXT NOT NULL,
            name TEXT NOT NULL,
            uses INTEGER NOT NULL,
            PRIMARY KEY (day, team, name)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO uses_by_day SELECT day, team, name, uses FROM daily_use;
        CREATE TABLE counted (
            through INTEGER NOT NULL
        ) STRICT;
        INSERT INTO counted SELECT seq FROM audit ORDER BY seq DESC LIMIT 1;
        """,
        """
        -- Since when the object has had to be purged: the reference itself may be years old. Null where nobody noted it.
        ALTER TABLE journal ADD COLUMN owed_at INTEGER;
        """,
    ]

    /// The condition for a record of the audit log after which values left the broker.
    static let isUse = """
        ((audit.record ->> 'action' IN ('secret:resolve', 'secret:read_values') AND audit.record ->> 'outcome' = 'done')
        OR (audit.record ->> 'action' IN ('webhook:relay', 'webhook:test')
            AND audit.record ->> 'outcome' = 'attempted'))
        """

    /// Fills the empty table `daily_use` from the audit log.
    static let dailyUseFromLog = """
        INSERT INTO daily_use (day, team, name, uses)
        SELECT unixepoch(audit.record ->> 'timestamp') / 86400, audit.team, secret.value ->> 'name', count(*)
        FROM audit, json_each(audit.record, '$.secrets') AS secret
        WHERE audit.team IS NOT NULL AND \(isUse)
        GROUP BY 1, 2, 3;
        """
}
