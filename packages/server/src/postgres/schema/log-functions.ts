/**
 * Appending, as functions: each of their statements sees what was committed before it began, so what stands after a lock sees what
 * the lock has waited for, and a group of appends costs one round trip.
 */
export const logFunctions = `
-- Locks channels in the order of their keys, everywhere the same, so nobody deadlocks. New ones are made first, in that order too.
CREATE FUNCTION millrace.lock_channels(wanted text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO millrace.channels (key)
    SELECT w.key FROM (SELECT DISTINCT unnest(wanted) COLLATE "C" AS key) w
    WHERE NOT EXISTS (SELECT FROM millrace.channels c WHERE c.key = w.key)
    ORDER BY w.key
    ON CONFLICT DO NOTHING;
  PERFORM FROM millrace.channels c WHERE c.key = ANY (wanted) ORDER BY c.key FOR NO KEY UPDATE;
END $$;

-- Stores a group, in order, in channels that are locked. Answers the epoch, and per entry its offset: 0 where it has none, negative
-- for the first one's where its idempotency key was seen.
CREATE FUNCTION millrace.store(
  channels text[], durable boolean[], events text[], jsons text[], ids text[], times bigint[], actor_ids text[], actor_names text[],
  value_keys text[], idempotency_keys text[], at_time bigint, seen_since bigint
) RETURNS TABLE (epoch text, offsets text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO millrace.retained AS r (channel, event, key, seq, json, id, time, actor_id, actor_name)
    SELECT v.channel, v.event, v.value_key, nextval('millrace.retained_seq'), v.json, v.id, v.time, v.actor_id, v.actor_name
    FROM (
      SELECT * FROM (
        SELECT DISTINCT ON (c.id, i.event, i.value_key) c.id AS channel, i.event, i.value_key, i.json, i.id, i.time, i.actor_id, i.actor_name, i.n
        FROM unnest(channels, durable, events, jsons, ids, times, actor_ids, actor_names, value_keys)
          WITH ORDINALITY AS i(channel, durable, event, json, id, time, actor_id, actor_name, value_key, n)
        JOIN millrace.channels c ON c.key = i.channel
        WHERE NOT i.durable
        ORDER BY c.id, i.event, i.value_key, i.n DESC
      ) newest ORDER BY n
    ) v
    ON CONFLICT (channel, event, key) DO UPDATE SET seq = excluded.seq, json = excluded.json, id = excluded.id, time = excluded.time,
      actor_id = excluded.actor_id, actor_name = excluded.actor_name;

  RETURN QUERY
  WITH input AS MATERIALIZED (
    SELECT i.*, c.id AS channel_id, c.first
    FROM unnest(channels, durable, events, jsons, ids, times, actor_ids, actor_names, idempotency_keys)
      WITH ORDINALITY AS i(channel, durable, event, json, id, time, actor_id, actor_name, idempotency_key, n)
    JOIN millrace.channels c ON c.key = i.channel
    WHERE i.durable
  ), heads AS MATERIALIZED (
    SELECT d.channel_id, coalesce(
      (SELECT l."offset" FROM millrace.log l WHERE l.channel = d.channel_id ORDER BY l."offset" DESC LIMIT 1), d.first - 1) AS head
    FROM (SELECT DISTINCT channel_id, first FROM input) d
  ), judged AS (
    SELECT i.*, k."offset" AS known,
      i.idempotency_key IS NOT NULL AND i.n > min(i.n) OVER (PARTITION BY i.channel_id, i.idempotency_key) AS repeated
    FROM input i LEFT JOIN millrace.keys k ON k.channel = i.channel_id AND k.key = i.idempotency_key AND k.at > seen_since
  ), fresh AS MATERIALIZED (
    SELECT j.*, h.head + row_number() OVER (PARTITION BY j.channel_id ORDER BY j.n) AS "offset"
    FROM judged j JOIN heads h USING (channel_id)
    WHERE j.known IS NULL AND NOT j.repeated
  ), stored AS (
    INSERT INTO millrace.log (channel, "offset", event, json, id, time, actor_id, actor_name)
    SELECT channel_id, "offset", event, json, id, time, actor_id, actor_name FROM fresh
  ), remembered AS (
    INSERT INTO millrace.keys AS k (channel, key, "offset", at)
    SELECT channel_id, idempotency_key, "offset", at_time FROM fresh WHERE idempotency_key IS NOT NULL
    ON CONFLICT (channel, key) DO UPDATE SET "offset" = excluded."offset", at = excluded.at
  ), answers AS (
    SELECT n, "offset" FROM fresh
    UNION ALL
    SELECT j.n, -coalesce(j.known, (SELECT f."offset" FROM fresh f WHERE f.channel_id = j.channel_id AND f.idempotency_key = j.idempotency_key))
    FROM judged j WHERE j.known IS NOT NULL OR j.repeated
    UNION ALL
    SELECT r.n, 0 FROM unnest(durable) WITH ORDINALITY AS r(durable, n) WHERE NOT r.durable
  )
  SELECT (SELECT m.epoch FROM millrace.meta m), string_agg(a."offset"::text, ',' ORDER BY a.n) FROM answers a;
END $$;

-- Rows of the outbox that have become visible since a snapshot.
CREATE FUNCTION millrace.unmoved(since pg_snapshot) RETURNS SETOF millrace.outbox LANGUAGE sql STABLE AS $$
  SELECT o.* FROM millrace.outbox o WHERE o.xid >= pg_snapshot_xmax(since) OR o.xid = ANY (ARRAY(SELECT pg_snapshot_xip(since)))
$$;

-- Stores a group at once; answers nothing, and stores nothing, where committed entries of its channels have to move before it (OUT2).
CREATE FUNCTION millrace.append(
  channels text[], durable boolean[], events text[], jsons text[], ids text[], times bigint[], actor_ids text[], actor_names text[],
  value_keys text[], idempotency_keys text[], at_time bigint, seen_since bigint
) RETURNS TABLE (epoch text, offsets text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  moved pg_snapshot;
BEGIN
  PERFORM millrace.lock_channels(channels);
  SELECT m.seen INTO moved FROM millrace.moved m;
  IF EXISTS (SELECT FROM millrace.unmoved(moved) o WHERE o.channel = ANY (channels)) THEN RETURN; END IF;
  RETURN QUERY SELECT * FROM millrace.store(
    channels, durable, events, jsons, ids, times, actor_ids, actor_names, value_keys, idempotency_keys, at_time, seen_since);
END $$;
`
