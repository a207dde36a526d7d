/** What the journal says to the database. */
export type PostgresStatements = Readonly<
  Record<
    | 'find'
    | 'list'
    | 'due'
    | 'steps'
    | 'insert'
    | 'take'
    | 'put'
    | 'renew'
    | 'show'
    | 'live'
    | 'end'
    | 'cancel'
    | 'remove'
    | 'prune',
    string
  >
>

/** Whoever opens it first makes the tables; the others wait. */
export const migrationOf = (schema: string): string => `BEGIN;
  SELECT pg_advisory_xact_lock(hashtext('ashlar_runs'), hashtext('${schema}'));
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE IF NOT EXISTS ${schema}.runs (
    run_id text PRIMARY KEY,
    name text NOT NULL,
    state text NOT NULL,
    version text NOT NULL,
    input text NOT NULL,
    result text,
    epoch integer NOT NULL,
    lease_until float8 NOT NULL,
    created_at float8 NOT NULL,
    updated_at float8 NOT NULL
  );
  ALTER TABLE ${schema}.runs ADD COLUMN IF NOT EXISTS cancel_asked boolean NOT NULL DEFAULT false;
  CREATE INDEX IF NOT EXISTS runs_by_time ON ${schema}.runs (updated_at);
  CREATE INDEX IF NOT EXISTS runs_due ON ${schema}.runs (created_at) WHERE state = 'running';
  CREATE TABLE IF NOT EXISTS ${schema}.steps (
    id bigint GENERATED ALWAYS AS IDENTITY,
    run_id text NOT NULL REFERENCES ${schema}.runs (run_id) ON DELETE CASCADE,
    key text NOT NULL,
    state text NOT NULL,
    digest text,
    value text,
    PRIMARY KEY (run_id, key)
  );
  CREATE UNLOGGED TABLE IF NOT EXISTS ${schema}.live (
    run_id text PRIMARY KEY REFERENCES ${schema}.runs (run_id) ON DELETE CASCADE,
    epoch integer NOT NULL,
    texts text NOT NULL
  );
  COMMIT`

/** Statements over a schema; `$1` is the run, and in those that write by a claim `$2` its epoch. */
export const statementsOf = (schema: string): PostgresStatements => {
  const now = (parameter: string) =>
    `coalesce(${parameter}::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)`
  const selectRun = `SELECT *, (SELECT count(*)::integer FROM ${schema}.steps
      WHERE steps.run_id = runs.run_id AND steps.state = 'unknown') AS unknown FROM ${schema}.runs`
  return {
    find: `${selectRun} WHERE run_id = $1`,
    list: `${selectRun} WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR name = $2)
      AND ($3::text IS NULL OR version = $3) AND ($4::float8 IS NULL OR updated_at < $4)
      ORDER BY updated_at DESC, run_id LIMIT $5`,
    // Whoever was to begin one that nobody has claimed yet may still do so, or died and told nobody of it.
    due: `${selectRun} WHERE state = 'running' AND lease_until <= ${now('$1')} AND epoch > 0
      AND ($2::text IS NULL OR name = $2) AND ($3::text IS NULL OR version = $3) AND ($4::float8 IS NULL OR updated_at < $4)
      ORDER BY created_at, run_id LIMIT $5`,
    steps: `SELECT key, state, digest, value FROM ${schema}.steps WHERE run_id = $1 ORDER BY id`,
    insert: `INSERT INTO ${schema}.runs (run_id, name, state, version, input, epoch, lease_until, created_at, updated_at)
      VALUES ($1, $2, 'running', $3, $4, 0, 0, ${now('$5')}, ${now('$5')}) ON CONFLICT DO NOTHING`,
    take: `UPDATE ${schema}.runs SET epoch = epoch + 1, lease_until = ${now('$2')} + $3,
        input = CASE WHEN state = 'paused' THEN $4 ELSE input END, cancel_asked = cancel_asked AND state = 'running',
        state = 'running', updated_at = ${now('$2')}
      WHERE run_id = $1 AND lease_until <= ${now('$2')} AND version = $5
        AND ($6::text IS NULL OR $6 = CASE epoch WHEN 0 THEN 'new' ELSE state END) RETURNING epoch, cancel_asked`,
    // The row is locked against a claim until the step is committed: what a claim reads, nobody adds to.
    put: `WITH held AS (SELECT run_id FROM ${schema}.runs WHERE run_id = $1 AND epoch = $2 FOR SHARE)
      INSERT INTO ${schema}.steps (run_id, key, state, digest, value) SELECT run_id, $3, $4, $5, $6 FROM held
      ON CONFLICT (run_id, key) DO UPDATE SET state = excluded.state, digest = excluded.digest, value = excluded.value
      RETURNING key`,
    renew: `UPDATE ${schema}.runs SET lease_until = ${now('$3')} + $4 WHERE run_id = $1 AND epoch = $2
      RETURNING cancel_asked`,
    show: `INSERT INTO ${schema}.live AS shown (run_id, epoch, texts) VALUES ($1, $2, $3)
      ON CONFLICT (run_id) DO UPDATE SET epoch = excluded.epoch, texts = excluded.texts WHERE shown.epoch <= excluded.epoch`,
    live: `SELECT texts FROM ${schema}.live JOIN ${schema}.runs USING (run_id)
      WHERE run_id = $1 AND live.epoch = runs.epoch AND runs.state = 'running'`,
    end: `WITH ended AS (UPDATE ${schema}.runs SET lease_until = 0, result = $4, updated_at = ${now('$5')},
        state = CASE WHEN $3 = 'paused' AND cancel_asked THEN 'aborted' ELSE $3 END
        WHERE run_id = $1 AND epoch = $2 RETURNING run_id),
      gone AS (DELETE FROM ${schema}.live WHERE run_id IN (SELECT run_id FROM ended)) SELECT run_id FROM ended`,
    // The time is taken once, so that the columns agree; the row is read again should it have changed meanwhile.
    cancel: `WITH clock AS MATERIALIZED (SELECT ${now('$2')} AS now)
      UPDATE ${schema}.runs SET cancel_asked = true, updated_at = now,
        epoch = CASE WHEN lease_until > now THEN epoch ELSE epoch + 1 END,
        state = CASE WHEN lease_until > now THEN state ELSE 'aborted' END,
        lease_until = CASE WHEN lease_until > now THEN lease_until ELSE 0 END
      FROM clock WHERE run_id = $1 AND state IN ('running', 'paused', 'failed') RETURNING state`,
    remove: `DELETE FROM ${schema}.runs WHERE run_id = $1 AND lease_until <= ${now('$2')}`,
    prune: `DELETE FROM ${schema}.runs WHERE state = 'done' AND lease_until <= ${now('$1')} AND updated_at < ${now('$1')} - $2`,
  }
}
