/// The tables, as in `SQLiteMigrations.swift`, in PostgreSQL's words.
extension PostgreSQLSchema {
    /// The migrations, in order. Each brings the schema to the next version, and names the oldest version whose
    /// programs can run beside it, since brokers are replaced one by one. Append only.
    static let migrations: [(sql: String, oldest: Int)] = [
        (
            sql: """
            CREATE TABLE store (
                name TEXT COLLATE "C" PRIMARY KEY,
                identity TEXT NOT NULL
            );

            CREATE TABLE secret (
                team TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                store TEXT COLLATE "C" NOT NULL REFERENCES store (name),
                reference TEXT COLLATE "C" NOT NULL UNIQUE,
                pin TEXT NOT NULL,
                journaled_at BIGINT NOT NULL,
                committed_at BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                created_by TEXT NOT NULL,
                updated_at BIGINT NOT NULL,
                updated_by TEXT NOT NULL,
                owned SMALLINT NOT NULL DEFAULT 1,
                PRIMARY KEY (team, name)
            );

            CREATE TABLE journal (
                reference TEXT COLLATE "C" PRIMARY KEY,
                store TEXT COLLATE "C" NOT NULL REFERENCES store (name),
                team TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                state TEXT COLLATE "C" NOT NULL CHECK (state IN ('writing', 'purge', 'repeat', 'held')),
                write_id TEXT,
                action TEXT,
                journaled_at BIGINT NOT NULL,
                due_at BIGINT NOT NULL,
                failures BIGINT NOT NULL DEFAULT 0,
                CHECK (state <> 'writing' OR (write_id IS NOT NULL AND action IS NOT NULL))
            );
            CREATE UNIQUE INDEX journal_write_lock ON journal (team, name) WHERE state = 'writing';
            CREATE INDEX journal_by_due ON journal (state, due_at);

            CREATE TABLE decision (
                write_id TEXT COLLATE "C" PRIMARY KEY,
                outcome TEXT NOT NULL CHECK (outcome IN ('committed', 'settled')),
                decided_at BIGINT NOT NULL,
                team TEXT,
                name TEXT,
                store TEXT,
                reference TEXT,
                pin TEXT,
                journaled_at BIGINT,
                committed_at BIGINT,
                created_at BIGINT,
                created_by TEXT,
                updated_at BIGINT,
                updated_by TEXT,
                owned SMALLINT
            );
            CREATE INDEX decision_by_age ON decision (decided_at);

            CREATE FUNCTION journal_spares_the_present() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT 1 FROM secret WHERE reference = NEW.reference) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'the reference is in use';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER journal_spares_the_present BEFORE INSERT ON journal
            FOR EACH ROW EXECUTE FUNCTION journal_spares_the_present();
            CREATE FUNCTION secret_is_decided() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT 1 FROM journal WHERE reference = NEW.reference) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'the reference is in the journal';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER secret_is_decided BEFORE INSERT OR UPDATE OF reference ON secret
            FOR EACH ROW EXECUTE FUNCTION secret_is_decided();

            -- In text that JSON quotes, every quotation mark has a backslash before it.
            CREATE TABLE audit (
                seq BIGINT PRIMARY KEY,
                record TEXT NOT NULL,
                hash TEXT NOT NULL,
                team TEXT COLLATE "C"
                    GENERATED ALWAYS AS (substring(record FROM '"entity_name":"([^"]*)"')) STORED
            );
            CREATE INDEX audit_by_team ON audit (team, seq);
            CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE integrity_constraint_violation USING MESSAGE = 'a record is never changed';
            END $$;
            CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
            FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

            CREATE TABLE audit_segment (
                last_seq BIGINT PRIMARY KEY,
                hash TEXT NOT NULL,
                last_at BIGINT NOT NULL,
                pruned_at BIGINT
            );
            CREATE FUNCTION audit_goes_by_pruned_segments() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM audit_segment WHERE last_seq >= OLD.seq AND pruned_at IS NOT NULL) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a record goes with its segment';
                END IF;
                RETURN OLD;
            END $$;
            CREATE TRIGGER audit_goes_by_pruned_segments BEFORE DELETE ON audit
            FOR EACH ROW EXECUTE FUNCTION audit_goes_by_pruned_segments();

            CREATE TABLE usage (
                team TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                automation TEXT COLLATE "C" NOT NULL,
                last_at BIGINT NOT NULL,
                PRIMARY KEY (team, name, automation)
            ) WITH (fillfactor = 50);

            CREATE TABLE daily_use (
                day BIGINT NOT NULL,
                team TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                uses BIGINT NOT NULL,
                PRIMARY KEY (day, team, name)
            ) WITH (fillfactor = 50);

            CREATE TABLE token (
                id TEXT COLLATE "C" PRIMARY KEY,
                hash TEXT COLLATE "C" NOT NULL UNIQUE,
                name TEXT NOT NULL,
                role TEXT NOT NULL,
                team TEXT COLLATE "C",
                secrets TEXT,
                webhook TEXT COLLATE "C",
                created_at BIGINT NOT NULL,
                expires_at BIGINT,
                minted_by TEXT COLLATE "C" REFERENCES token (id),
                revoked_at BIGINT
            );
            CREATE INDEX token_by_minter ON token (minted_by);
            CREATE INDEX token_by_webhook ON token (team, webhook) WHERE webhook IS NOT NULL;

            CREATE TABLE broker (
                id TEXT COLLATE "C" PRIMARY KEY,
                stores TEXT NOT NULL,
                seen_until BIGINT NOT NULL
            );

            CREATE TABLE team_store (
                team TEXT COLLATE "C" PRIMARY KEY,
                store TEXT COLLATE "C" NOT NULL REFERENCES store (name)
            );

            CREATE TABLE webhook (
                team TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                revision TEXT NOT NULL,
                confirmed SMALLINT NOT NULL CHECK (confirmed IN (0, 1)),
                url TEXT NOT NULL,
                access_token TEXT,
                signing_secret TEXT,
                signature_encoding TEXT NOT NULL,
                verify_with TEXT,
                answer TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                created_by TEXT NOT NULL,
                updated_at BIGINT NOT NULL,
                updated_by TEXT NOT NULL,
                PRIMARY KEY (team, name)
            );
            CREATE TABLE webhook_header (
                team TEXT COLLATE "C" NOT NULL,
                webhook TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (team, webhook, name),
                FOREIGN KEY (team, webhook) REFERENCES webhook (team, name) ON DELETE CASCADE
            );
            CREATE TABLE webhook_payload_secret (
                team TEXT COLLATE "C" NOT NULL,
                webhook TEXT COLLATE "C" NOT NULL,
                at TEXT COLLATE "C" NOT NULL,
                secret TEXT NOT NULL,
                PRIMARY KEY (team, webhook, at),
                FOREIGN KEY (team, webhook) REFERENCES webhook (team, name) ON DELETE CASCADE
            );

            CREATE TABLE drift (
                reference TEXT COLLATE "C" PRIMARY KEY,
                kind TEXT NOT NULL CHECK (kind IN ('absent', 'disabled', 'corrupt', 'superseded')),
                found_at BIGINT NOT NULL
            );
            CREATE FUNCTION drift_ends_with_its_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                DELETE FROM drift WHERE reference = OLD.reference;
                RETURN NULL;
            END $$;
            CREATE TRIGGER drift_ends_with_its_version AFTER DELETE OR UPDATE OF reference ON secret
            FOR EACH ROW EXECUTE FUNCTION drift_ends_with_its_version();

            CREATE TABLE restored (backed_up_at BIGINT NOT NULL);
            CREATE TABLE sealed (sealed_at BIGINT NOT NULL, successor TEXT NOT NULL);
            """, oldest: 1
        ),
        (
            sql: """
            CREATE TABLE access_state (changes BIGINT NOT NULL) WITH (fillfactor = 10);
            INSERT INTO access_state VALUES (0);
            CREATE FUNCTION access_state_counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE access_state SET changes = changes + 1;
                RETURN NULL;
            END $$;
            CREATE TRIGGER token_changes_count AFTER UPDATE OR DELETE ON token
            FOR EACH ROW EXECUTE FUNCTION access_state_counts();
            CREATE TRIGGER secret_changes_count AFTER UPDATE OR DELETE ON secret
            FOR EACH ROW EXECUTE FUNCTION access_state_counts();
            """, oldest: 1
        ),
        (
            sql: """
            CREATE TRIGGER webhook_changes_count AFTER UPDATE OR DELETE ON webhook
            FOR EACH ROW EXECUTE FUNCTION access_state_counts();
            """, oldest: 1
        ),
        (
            // An older broker beside it still fills daily_use, which nobody reads any more.
            sql: """
            CREATE TABLE uses_by_day (
                day BIGINT NOT NULL,
                team TEXT COLLATE "C" NOT NULL,
                name TEXT COLLATE "C" NOT NULL,
                uses BIGINT NOT NULL,
                PRIMARY KEY (day, team, name)
            ) WITH (fillfactor = 50);
            INSERT INTO uses_by_day SELECT day, team, name, uses FROM daily_use;
            CREATE TABLE counted (through BIGINT NOT NULL);
            INSERT INTO counted SELECT seq FROM audit ORDER BY seq DESC LIMIT 1;
            """, oldest: 1
        ),
        (
            sql: "ALTER TABLE journal ADD COLUMN owed_at BIGINT", oldest: 1
        ),
    ]
}
