/**
 * What `amount` and `cost` are priced by. The former `settle` stays, so that programs of the version before can end what
 * they have begun.
 */
export const postgresPriceColumns = `
  ALTER TABLE %schema%.calls ADD price_source text, ADD price_version text, ADD tier text, ADD region text;
  ALTER TABLE %schema%.settlements ADD tier text, ADD region text;

  -- Reserves and returns nothing; or returns which of the limits has no room, from 1, and how it stands.
  CREATE OR REPLACE FUNCTION %schema%.reserve(
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
      key, project, kind, price_source, price_version, tier, region)
      VALUES (new_call.id, new_call.at, new_call.lease_until, new_call.amount, new_call.provider, new_call.model_id,
      new_call.max_output_tokens, new_call.run_id, new_call.tree, new_call.key, new_call.project, new_call.kind,
      new_call.price_source, new_call.price_version, new_call.tier, new_call.region)
      RETURNING * INTO call;
    INSERT INTO %schema%.open_calls VALUES (call.seq, call.lease_until);
    PERFORM %schema%.book(call, 0, call.amount);
  END $f$;

  -- Whether it counts; nothing for a call that is not there.
  CREATE FUNCTION %schema%.settle(
    call_id text, outcome text, cost bigint, usage text, price_source text, price_version text, settled_at bigint,
    tier text, region text
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
      VALUES (c.seq, before.call IS NOT NULL, outcome, cost, usage, price_source, price_version, settled_at, tier, region);
    DELETE FROM %schema%.open_calls WHERE call = c.seq;
    PERFORM %schema%.book(c, cost - coalesce(before.cost, 0), CASE WHEN before.call IS NULL THEN -c.amount ELSE 0 END);
    RETURN true;
  END $f$;
`
