/** From the outbox into the log in one round trip. */
export const moveFunction = `
-- Moves those of a group that are still there and that the contract has seen. Answers them in their order; on the first of them what
-- millrace.store has answered for all that are not volatile.
CREATE FUNCTION millrace.move_checked(channels text[], xids text[], seqs bigint[], at_time bigint, seen_since bigint) RETURNS TABLE (
  epoch text, offsets text, xid text, seq bigint, channel text, checked boolean, delivery text, event text, json text, id text, "time" bigint,
  actor_id text, actor_name text, key text, except_connection text, idempotency_key text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  taken millrace.outbox[];
  stored_epoch text;
  stored_offsets text;
BEGIN
  PERFORM millrace.lock_channels(channels);
  -- What the locks have waited for is seen from here on.
  WITH gone AS (
    DELETE FROM millrace.outbox o USING unnest(xids, seqs) AS g(xid, seq)
    WHERE o.xid = g.xid::xid8 AND o.seq = g.seq AND o.checked RETURNING o AS entry
  )
  SELECT array_agg(g.entry ORDER BY (g.entry).seq) INTO taken FROM gone g;
  IF taken IS NULL THEN RETURN; END IF;
  SELECT s.epoch, s.offsets INTO stored_epoch, stored_offsets FROM (
    SELECT array_agg(t.channel ORDER BY t.seq) AS channels, array_agg(t.delivery = 'durable' ORDER BY t.seq) AS durable,
      array_agg(t.event ORDER BY t.seq) AS events, array_agg(t.json ORDER BY t.seq) AS jsons, array_agg(t.id ORDER BY t.seq) AS ids,
      array_agg(t.time ORDER BY t.seq) AS times, array_agg(t.actor_id ORDER BY t.seq) AS actor_ids,
      array_agg(t.actor_name ORDER BY t.seq) AS actor_names,
      array_agg(CASE t.delivery WHEN 'retained' THEN coalesce(t.key, '') END ORDER BY t.seq) AS value_keys,
      array_agg(CASE t.delivery WHEN 'durable' THEN t.idempotency_key END ORDER BY t.seq) AS idempotency_keys
    FROM unnest(taken) t WHERE t.delivery <> 'volatile'
  ) a, millrace.store(a.channels, a.durable, a.events, a.jsons, a.ids, a.times, a.actor_ids, a.actor_names, a.value_keys, a.idempotency_keys,
    at_time, seen_since) s;
  RETURN QUERY SELECT CASE row_number() OVER (ORDER BY t.seq) WHEN 1 THEN stored_epoch END, CASE row_number() OVER (ORDER BY t.seq) WHEN 1 THEN stored_offsets END,
    t.xid::text, t.seq, t.channel, t.checked, t.delivery, t.event, t.json, t.id, t.time, t.actor_id, t.actor_name, t.key, t.except_connection,
    t.idempotency_key
    FROM unnest(taken) t ORDER BY t.seq;
END $$;
`
