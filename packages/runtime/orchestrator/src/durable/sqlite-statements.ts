/** The tables, one step after the other. */
export const migrations: readonly string[] = [
  `CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    input TEXT NOT NULL,
    result TEXT,
    epoch INTEGER NOT NULL,
    lease_until REAL NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (updated_at);
  CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT,
    value TEXT,
    UNIQUE (run_id, key)
  ) STRICT;`,
  `CREATE TABLE live (
    run_id TEXT PRIMARY KEY REFERENCES runs (run_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    texts TEXT NOT NULL
  ) STRICT;`,
  `ALTER TABLE runs ADD COLUMN cancel_asked INTEGER NOT NULL DEFAULT 0;`,
  "CREATE INDEX runs_due ON runs (created_at) WHERE state = 'running';",
]

// In all of them `?1` is the run, and in what writes by a claim `?2` its epoch.

export const selectRun: string = `SELECT *, (SELECT count(*) FROM steps WHERE steps.run_id = runs.run_id AND state = 'unknown') AS unknown
  FROM runs`
export const listRuns: string = `${selectRun} WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR name = ?2)
  AND (?3 IS NULL OR version = ?3) AND (?4 IS NULL OR updated_at < ?4)
  ORDER BY updated_at DESC, run_id LIMIT ?5`
/** `?1` is the time. */
export const dueRuns: string = `${selectRun} WHERE state = 'running' AND lease_until <= ?1 AND (?2 IS NULL OR name = ?2)
  AND (?3 IS NULL OR version = ?3) AND (?4 IS NULL OR updated_at < ?4)
  ORDER BY created_at, run_id LIMIT ?5`
export const insertRun: string = `INSERT INTO runs (run_id, name, state, version, input, epoch, lease_until, created_at, updated_at)
  VALUES (?1, ?2, 'running', ?3, ?4, 0, 0, ?5, ?5) ON CONFLICT DO NOTHING`
/** A run that paused goes on with what it is given, any other with what it has; one that had ended is not cancelled. */
export const takeRun: string = `UPDATE runs SET epoch = epoch + 1, lease_until = ?3,
    input = CASE WHEN state = 'paused' THEN ?4 ELSE input END,
    cancel_asked = cancel_asked AND state = 'running', state = 'running', updated_at = ?2
  WHERE run_id = ?1 AND lease_until <= ?2 AND version = ?5
    AND (?6 IS NULL OR ?6 = CASE epoch WHEN 0 THEN 'new' ELSE state END) RETURNING epoch, cancel_asked`
const held = '(SELECT epoch FROM runs WHERE run_id = ?1) = ?2'
export const putStep: string = `INSERT INTO steps (run_id, key, state, digest, value)
  SELECT ?1, ?3, ?4, ?5, ?6 WHERE ${held}
  ON CONFLICT (run_id, key) DO UPDATE SET state = excluded.state, digest = excluded.digest, value = excluded.value`
export const renewRun: string =
  'UPDATE runs SET lease_until = ?3 WHERE run_id = ?1 AND epoch = ?2 RETURNING cancel_asked'
/** A run that is to be cancelled does not wait for an answer. */
export const endRun: string = `UPDATE runs SET lease_until = 0, result = ?4, updated_at = ?5,
    state = CASE WHEN ?3 = 'paused' AND cancel_asked THEN 'aborted' ELSE ?3 END
  WHERE run_id = ?1 AND epoch = ?2`
export const putLive: string = `INSERT INTO live (run_id, epoch, texts) VALUES (?1, ?2, ?3)
  ON CONFLICT (run_id) DO UPDATE SET epoch = excluded.epoch, texts = excluded.texts WHERE epoch <= excluded.epoch`
export const dropLive: string = 'DELETE FROM live WHERE run_id = ?1 AND epoch <= ?2'
export const selectLive: string = `SELECT texts FROM live JOIN runs USING (run_id)
  WHERE run_id = ? AND live.epoch = runs.epoch AND runs.state = 'running'`
export const pruneRuns: string =
  "DELETE FROM runs WHERE state = 'done' AND lease_until <= ?2 AND updated_at < ?1"
/** Asks whoever holds the run; one that nobody holds is aborted. */
export const cancelRun: string = `UPDATE runs SET cancel_asked = 1, updated_at = ?2,
    epoch = CASE WHEN lease_until > ?2 THEN epoch ELSE epoch + 1 END,
    state = CASE WHEN lease_until > ?2 THEN state ELSE 'aborted' END,
    lease_until = CASE WHEN lease_until > ?2 THEN lease_until ELSE 0 END
  WHERE run_id = ?1 AND state IN ('running', 'paused', 'failed') RETURNING state`
export const removeRun: string = 'DELETE FROM runs WHERE run_id = ?1 AND lease_until <= ?2'
