/** What nodes need to agree: leases, and the revision of each retained value. */
export const cluster = `
-- Who does what only one node may do at a time.
CREATE TABLE millrace.leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Stores a group, in order, in channels that are locked. Answers the epoch, and per entry its offset, negative for the first one's where
-- its idempotency key was seen; of a retained value its revision, also where a later one of the group has replaced it at once.
CREATE OR REPLACE FUNCTION millrace.store(
  channels text[], durable boolean[], events text[], jsons text[], ids text[], times bigint[], actor_ids text[], actor_names text[],
  value_keys text[], idempotency_keys text[], at_time bigint, seen_since bigint
) RETURNS TABLE (epoch text, offsets text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH input AS MATERIALIZED (
    SELECT i.*, c.id AS channel_id, c.first
    FROM unnest(channels, durable, events, jsons, ids, times, actor_ids, actor_names, value_keys, idempotency_keys)
      WITH ORDINALITY AS i(channel, durable, event, json, id, time, actor_id, actor_name, value_key, idempotency_key, n)
    JOIN millrace.channels c ON c.key = i.channel
  ), revised AS MATERIALIZED (
    SELECT r.*, nextval('millrace.retained_seq') AS seq FROM (SELECT * FROM input i WHERE NOT i.durable ORDER BY i.n) r
  ), retained AS (
    INSERT INTO millrace.retained AS r (channel, event, key, seq, json, id, time, actor_id, actor_name)
    SELECT DISTINCT ON (v.channel_id, v.event, v.value_key)
      v.channel_id, v.event, v.value_key, v.seq, v.json, v.id, v.time, v.actor_id, v.actor_name
    FROM revised v ORDER BY v.channel_id, v.event, v.value_key, v.seq DESC
    ON CONFLICT (channel, event, key) DO UPDATE SET seq = excluded.seq, json = excluded.json, id = excluded.id, time = excluded.time,
      actor_id = excluded.actor_id, actor_name = excluded.actor_name
  ), heads AS MATERIALIZED (
    SELECT d.channel_id, coalesce(
      (SELECT l."offset" FROM millrace.log l WHERE l.channel = d.channel_id ORDER BY l."offset" DESC LIMIT 1), d.first - 1) AS head
    FROM (SELECT DISTINCT i.channel_id, i.first FROM input i WHERE i.durable) d
  ), judged AS (
    SELECT i.*, k."offset" AS known,
      i.idempotency_key IS NOT NULL AND i.n > min(i.n) OVER (PARTITION BY i.channel_id, i.idempotency_key) AS repeated
    FROM input i LEFT JOIN millrace.keys k ON k.channel = i.channel_id AND k.key = i.idempotency_key AND k.at > seen_since
    WHERE i.durable
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
    SELECT n, "offset" AS answer FROM fresh
    UNION ALL
    SELECT j.n, -coalesce(j.known, (SELECT f."offset" FROM fresh f WHERE f.channel_id = j.channel_id AND f.idempotency_key = j.idempotency_key))
    FROM judged j WHERE j.known IS NOT NULL OR j.repeated
    UNION ALL
    SELECT n, seq FROM revised
  )
  SELECT (SELECT m.epoch FROM millrace.meta m), string_agg(a.answer::text, ',' ORDER BY a.n) FROM answers a;
END $$;
`
