/** Rows of `calls` and `settlements` are never changed; the rest follows from them. Money is picodollars. */
export const sqliteMigrations: readonly string[] = [
  `CREATE TABLE calls (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    provider TEXT NOT NULL,
    model_id TEXT NOT NULL,
    max_output_tokens INTEGER,
    run_id TEXT,
    tree TEXT,
    key TEXT,
    project TEXT,
    kind TEXT
  ) STRICT;
  CREATE INDEX calls_at ON calls (at);
  CREATE INDEX calls_tree ON calls (tree, run_id) WHERE tree IS NOT NULL;
  CREATE INDEX calls_key ON calls (key, at) WHERE key IS NOT NULL;
  CREATE INDEX calls_project ON calls (project, at) WHERE project IS NOT NULL;

  -- late = 1 corrects what had expired.
  CREATE TABLE settlements (
    call INTEGER NOT NULL REFERENCES calls,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'failed', 'aborted', 'expired')),
    cost INTEGER NOT NULL CHECK (cost >= 0),
    usage TEXT,
    price_source TEXT,
    price_version TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (call, late)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE open_calls (call INTEGER PRIMARY KEY REFERENCES calls, lease_until INTEGER NOT NULL) STRICT;
  CREATE INDEX open_calls_lease ON open_calls (lease_until);

  CREATE TABLE accounts (
    name TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    spending_limit INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    PRIMARY KEY (name, ends, starts)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE claims (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE losses (set_aside TEXT NOT NULL) STRICT;

  CREATE TRIGGER calls_reserve AFTER INSERT ON calls BEGIN
    INSERT INTO open_calls VALUES (new.seq, new.lease_until);
    UPDATE accounts SET reserved = reserved + new.amount
    WHERE name IN ('all:', 'run:' || new.run_id, 'tree:' || new.tree, 'key:' || new.key, 'project:' || new.project)
      AND ends > new.at AND starts <= new.at;
  END;

  CREATE TRIGGER settlements_book AFTER INSERT ON settlements BEGIN
    DELETE FROM open_calls WHERE call = new.call;
    UPDATE accounts SET
      reserved = reserved - iif(new.late, 0, c.amount),
      spent = spent + new.cost - iif(new.late, c.charged, 0)
    FROM (
      SELECT calls.*, (SELECT cost FROM settlements WHERE call = new.call AND late = 0) AS charged
      FROM calls WHERE seq = new.call
    ) AS c
    WHERE name IN ('all:', 'run:' || c.run_id, 'tree:' || c.tree, 'key:' || c.key, 'project:' || c.project)
      AND ends > c.at AND starts <= c.at;
  END;

  CREATE TRIGGER calls_kept BEFORE DELETE ON calls BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER calls_fixed BEFORE UPDATE ON calls BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER settlements_kept BEFORE DELETE ON settlements BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
  END;
  CREATE TRIGGER settlements_fixed BEFORE UPDATE ON settlements BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
  END;`,

  `DROP TABLE claims;
  CREATE TABLE notices (
    seq INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    receiver TEXT NOT NULL,
    body TEXT NOT NULL,
    held_until INTEGER NOT NULL,
    UNIQUE (name, receiver)
  ) STRICT;
  CREATE INDEX notices_held ON notices (held_until);`,

  // What `amount` and `cost` are priced by.
  `ALTER TABLE calls ADD COLUMN price_source TEXT;
  ALTER TABLE calls ADD COLUMN price_version TEXT;
  ALTER TABLE calls ADD COLUMN tier TEXT;
  ALTER TABLE calls ADD COLUMN region TEXT;
  ALTER TABLE settlements ADD COLUMN tier TEXT;
  ALTER TABLE settlements ADD COLUMN region TEXT;`,
]
