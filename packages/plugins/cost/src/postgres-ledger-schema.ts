import { postgresPriceColumns } from './postgres-price-columns.ts'

/** Serialises what opens accounts and ends lost calls against everything else: the two halves are any two numbers. */
const lock = (schema: string): string => `hashtextextended('ashlar ledger ${schema}', 0)`

/**
 * Rows of `calls` and `settlements` are never changed; the rest follows from them. Money is picodollars. Whoever
 * changes accounts locks their rows first, in one order. `%schema%` and `%lock%` stand for those of the ledger.
 */
const first = `
  CREATE TABLE %schema%.calls (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    at bigint NOT NULL,
    lease_until bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    provider text NOT NULL,
    model_id text NOT NULL,
    max_output_tokens bigint,
    run_id text,
    tree text,
    key text,
    project text,
    kind text
  );
  CREATE INDEX ON %schema%.calls (at);
  CREATE INDEX ON %schema%.calls (tree, run_id) WHERE tree IS NOT NULL;
  CREATE INDEX ON %schema%.calls (key, at) WHERE key IS NOT NULL;
  CREATE INDEX ON %schema%.calls (project, at) WHERE project IS NOT NULL;

  CREATE TABLE %schema%.settlements (
    call bigint NOT NULL REFERENCES %schema%.calls,
    late boolean NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('ok', 'failed', 'aborted', 'expired')),
    cost bigint NOT NULL CHECK (cost >= 0),
    usage text,
    price_source text,
    price_version text,
    at bigint NOT NULL,
    PRIMARY KEY (call, late)
  );

  CREATE TABLE %schema%.open_calls (call bigint PRIMARY KEY REFERENCES %schema%.calls, lease_until bigint NOT NULL);
  CREATE INDEX ON %schema%.open_calls (lease_until);

  CREATE TABLE %schema%.accounts (
    name text NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    spending_limit bigint NOT NULL,
    spent bigint NOT NULL,
    reserved bigint NOT NULL,
    PRIMARY KEY (name, ends, starts)
  );
  CREATE TABLE %schema%.claims (name text PRIMARY KEY);

  CREATE FUNCTION %schema%.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $f$
  BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $f$;
  CREATE TRIGGER calls_kept BEFORE UPDATE OR DELETE ON %schema%.calls
    FOR EACH ROW EXECUTE FUNCTION %schema%.refuse_change();
  CREATE TRIGGER settlements_kept BEFORE UPDATE OR DELETE ON %schema%.settlements
    FOR EACH ROW EXECUTE FUNCTION %schema%.refuse_change();

  CREATE FUNCTION %schema%.names_of(call %schema%.calls) RETURNS text[] LANGUAGE sql IMMUTABLE AS $f$
    SELECT array_remove(ARRAY['all:', 'run:' || call.run_id, 'tree:' || call.tree, 'key:' || call.key,
      'project:' || call.project], NULL) $f$;

  CREATE FUNCTION %schema%.book(call %schema%.calls, more_spent bigint, more_reserved bigint)
  RETURNS void LANGUAGE plpgsql AS $f$
  BEGIN
    PERFORM 1 FROM %schema%.accounts a
      WHERE a.name = ANY (%schema%.names_of(call)) AND a.ends > call.at AND a.starts <= call.at
      ORDER BY a.name, a.ends, a.starts FOR UPDATE;
    UPDATE %schema%.accounts a SET spent = a.spent + more_spent, reserved = a.reserved + more_reserved
      WHERE a.name = ANY (%schema%.names_of(call)) AND a.ends > call.at AND a.starts <= call.at;
  END $f$;

  -- Makes an account of all that was charged to it, or sets its limit.
  CREATE FUNCTION %schema%.open_account(account text, account_starts bigint, account_ends bigint, new_limit bigint)
  RETURNS void LANGUAGE plpgsql AS $f$
  DECLARE known boolean;
  BEGIN
    PERFORM pg_advisory_xact_lock(%lock%);
    UPDATE %schema%.accounts SET spending_limit = new_limit
      WHERE name = account AND ends = account_ends AND starts = account_starts RETURNING true INTO known;
    IF known THEN RETURN; END IF;
    INSERT INTO %schema%.accounts
      SELECT account, account_starts, account_ends, new_limit, s.spent, s.reserved
      FROM %schema%.sum_account(account, account_starts, account_ends) s;
  END $f$;

  CREATE FUNCTION %schema%.sum_account(account text, account_starts bigint, account_ends bigint)
  RETURNS TABLE (spent bigint, reserved bigint) LANGUAGE plpgsql STABLE AS $f$
  DECLARE
    scope text := split_part(account, ':', 1);
    owner text := substr(account, length(scope) + 2);
  BEGIN
    RETURN QUERY EXECUTE format('
      SELECT coalesce(sum(s.cost), 0)::bigint, coalesce(sum(c.amount) FILTER (WHERE s.call IS NULL), 0)::bigint
      FROM %schema%.calls c LEFT JOIN LATERAL (
        SELECT * FROM %schema%.settlements WHERE call = c.seq ORDER BY late DESC LIMIT 1
      ) s ON true
      WHERE %s AND c.at >= $2 AND c.at < $3', CASE scope
        WHEN 'run' THEN 'c.tree = split_part($1, ''/'', 1) AND c.run_id = $1'
        WHEN 'tree' THEN 'c.tree = $1'
        WHEN 'key' THEN 'c.key = $1'
        WHEN 'project' THEN 'c.project = $1'
        ELSE '$1 IS NOT NULL' END) USING owner, account_starts, account_ends;
  END $f$;

  -- Reserves and returns nothing; or returns which of the limits has no room, from 1, and how it stands.
  CREATE FUNCTION %schema%.reserve(
    new_call %schema%.calls, names text[], all_starts bigint[], all_ends bigint[], limits bigint[]
  ) RETURNS TABLE (place int, spent bigint, reserved bigint) LANGUAGE plpgsql AS $f$
  DECLARE
    call %schema%.calls;
    found_spent bigint;
    found_reserved bigint;
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(%lock%);
    PERFORM 1 FROM %schema%.accounts a
      WHERE a.name = ANY (%schema%.names_of(new_call)) AND a.ends > new_call.at AND a.starts <= new_call.at
      ORDER BY a.name, a.ends, a.starts FOR UPDATE;
    FOR i IN 1 .. coalesce(array_length(names, 1), 0) LOOP
      SELECT a.spent, a.reserved INTO STRICT found_spent, found_reserved FROM %schema%.accounts a
        WHERE a.name = names[i] AND a.ends = all_ends[i] AND a.starts = all_starts[i];
      IF found_spent::numeric + found_reserved + new_call.amount > limits[i] THEN
        RETURN QUERY SELECT i, found_spent, found_reserved;
        RETURN;
      END IF;
    END LOOP;
    INSERT INTO %schema%.calls (id, at, lease_until, amount, provider, model_id, max_output_tokens, run_id, tree,
      key, project, kind)
      VALUES (new_call.id, new_call.at, new_call.lease_until, new_call.amount, new_call.provider, new_call.model_id,
      new_call.max_output_tokens, new_call.run_id, new_call.tree, new_call.key, new_call.project, new_call.kind)
      RETURNING * INTO call;
    INSERT INTO %schema%.open_calls VALUES (call.seq, call.lease_until);
    PERFORM %schema%.book(call, 0, call.amount);
  END $f$;

  -- Whether it counts; nothing for a call that is not there.
  CREATE FUNCTION %schema%.settle(
    call_id text, outcome text, cost bigint, usage text, price_source text, price_version text, settled_at bigint
  ) RETURNS boolean LANGUAGE plpgsql AS $f$
  DECLARE
    c %schema%.calls;
    before %schema%.settlements;
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(%lock%);
    SELECT * INTO c FROM %schema%.calls WHERE id = call_id FOR UPDATE;
    IF c.seq IS NULL THEN RETURN NULL; END IF;
    SELECT * INTO before FROM %schema%.settlements WHERE call = c.seq ORDER BY late DESC LIMIT 1;
    IF before.outcome <> 'expired' THEN RETURN false; END IF;
    INSERT INTO %schema%.settlements
      VALUES (c.seq, before.call IS NOT NULL, outcome, cost, usage, price_source, price_version, settled_at);
    DELETE FROM %schema%.open_calls WHERE call = c.seq;
    PERFORM %schema%.book(c, cost - coalesce(before.cost, 0), CASE WHEN before.call IS NULL THEN -c.amount ELSE 0 END);
    RETURN true;
  END $f$;

  CREATE FUNCTION %schema%.expire(until_then bigint, charged boolean) RETURNS int LANGUAGE plpgsql AS $f$
  DECLARE
    c %schema%.calls;
    ended int := 0;
  BEGIN
    IF NOT EXISTS (SELECT 1 FROM %schema%.open_calls WHERE lease_until <= until_then) THEN RETURN 0; END IF;
    PERFORM pg_advisory_xact_lock(%lock%);
    FOR c IN SELECT calls.* FROM %schema%.open_calls o JOIN %schema%.calls ON seq = o.call
      WHERE o.lease_until <= until_then
    LOOP
      INSERT INTO %schema%.settlements (call, late, outcome, cost, at)
        VALUES (c.seq, false, 'expired', CASE WHEN charged THEN c.amount ELSE 0 END, until_then);
      DELETE FROM %schema%.open_calls WHERE call = c.seq;
      PERFORM %schema%.book(c, CASE WHEN charged THEN c.amount ELSE 0 END, -c.amount);
      ended := ended + 1;
    END LOOP;
    RETURN ended;
  END $f$;
`

const second = `
  DROP TABLE %schema%.claims;
  CREATE TABLE %schema%.notices (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    receiver text NOT NULL,
    body text NOT NULL,
    held_until bigint NOT NULL,
    UNIQUE (name, receiver)
  );
  CREATE INDEX ON %schema%.notices (held_until);
`

const all = [first, second, postgresPriceColumns]

/**
 * One text that brings the schema up to date, or up to a version, however many processes run it at once; a newer one is
 * refused.
 */
export const migratePostgres = (schema: string, version: number = all.length): string => {
  const migrations = all.slice(0, version)
  return `
  BEGIN;
  SELECT pg_advisory_xact_lock(${lock(schema)});
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE IF NOT EXISTS ${schema}.schema_version (version int NOT NULL);
  DO $do$
  DECLARE known int := coalesce((SELECT max(version) FROM ${schema}.schema_version), 0);
  BEGIN
    IF known > ${migrations.length} THEN
      RAISE EXCEPTION 'The ledger in schema ${schema} has version %, newer than this program knows (${migrations.length}). Update @ashlar/cost.', known;
    END IF;
    ${migrations
      .map(
        (migration, index) =>
          `IF known < ${index + 1} THEN EXECUTE $ashlar$${migration.replaceAll('%schema%', schema).replaceAll('%lock%', lock(schema))}$ashlar$; END IF;`,
      )
      .join('\n')}
    DELETE FROM ${schema}.schema_version;
    INSERT INTO ${schema}.schema_version VALUES (${migrations.length});
  END $do$;
  COMMIT;`
}
