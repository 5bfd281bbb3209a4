import { raiseRevisions } from '../epoch.ts'

/** What nodes need to agree: leases, the revision of each retained value, and which channels have changed. */
export const cluster = `
-- Who does what only one node may do at a time.
CREATE TABLE millrace.leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Which channels a transaction has stored in, and where they stand since. By the transaction's id, what became visible since a snapshot is
-- found without a look at anything else.
CREATE TABLE millrace.changes (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  channel bigint NOT NULL,
  -- Each 0 where nothing of its kind was stored.
  "offset" bigint NOT NULL,
  revision bigint NOT NULL
);
CREATE INDEX changes_xid ON millrace.changes (xid);

-- Of what is visible in the snapshot "until", changes may be gone; what is visible in "next" is the next to go.
CREATE TABLE millrace.forgotten (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  until pg_snapshot NOT NULL,
  next pg_snapshot NOT NULL,
  at timestamptz NOT NULL
);
INSERT INTO millrace.forgotten (until, next, at) VALUES (pg_current_snapshot(), pg_current_snapshot(), clock_timestamp());

-- Reads what it deletes by their transactions: what was deleted before is not walked through again.
CREATE FUNCTION millrace.forget_changes() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  gone pg_snapshot;
  going pg_snapshot;
BEGIN
  SELECT f.until, f.next INTO gone, going FROM millrace.forgotten f WHERE f.at < clock_timestamp() - interval '30 s' FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM millrace.changes c
    WHERE (c.xid >= pg_snapshot_xmax(gone) AND c.xid < pg_snapshot_xmax(going) OR c.xid = ANY (ARRAY(SELECT pg_snapshot_xip(gone))))
      AND pg_visible_in_snapshot(c.xid, going);
  UPDATE millrace.forgotten SET until = going, next = pg_current_snapshot(), at = clock_timestamp();
END $$;

-- Empty after a crash of the server, and after nothing else: PostgreSQL does not write such tables to its log.
CREATE UNLOGGED TABLE millrace.unbroken (one boolean PRIMARY KEY DEFAULT true CHECK (one), id text NOT NULL);
-- Whether a node has written without waiting for the disk, so that a crash may take what was acknowledged; and the row of "unbroken" by then.
ALTER TABLE millrace.meta ADD COLUMN relaxed boolean NOT NULL DEFAULT false, ADD COLUMN run text NOT NULL DEFAULT '';

CREATE OR REPLACE FUNCTION millrace.new_epoch() RETURNS text LANGUAGE sql AS $$
  SELECT ${raiseRevisions};
  UPDATE millrace.meta SET epoch = gen_random_uuid()::text RETURNING epoch
$$;

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
  ), changed AS (
    INSERT INTO millrace.changes (channel, "offset", revision)
    SELECT s.channel_id, max(s."offset"), max(s.seq) FROM (
      SELECT channel_id, "offset", 0 AS seq FROM fresh UNION ALL SELECT channel_id, 0, seq FROM revised
    ) s GROUP BY s.channel_id
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
