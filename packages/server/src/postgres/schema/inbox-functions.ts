/** Inboxes and alerts, as functions: one round trip each, in a transaction of the store's or of the application's. */
export const inboxFunctions = `
-- Locks inboxes in the order of their users. What follows sees what the lock has waited for, so its counts are exact (INB2).
CREATE FUNCTION millrace.lock_inboxes(of_tenant text, users text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO millrace.inboxes (tenant, user_id)
    SELECT of_tenant, u.id FROM (SELECT DISTINCT unnest(users) COLLATE "C" AS id) u
    WHERE NOT EXISTS (SELECT FROM millrace.inboxes i WHERE i.tenant = of_tenant AND i.user_id = u.id)
    ORDER BY u.id
    ON CONFLICT DO NOTHING;
  PERFORM FROM millrace.inboxes i WHERE i.tenant = of_tenant AND i.user_id = ANY (users) ORDER BY i.user_id FOR NO KEY UPDATE;
END $$;

-- Counts one change of each inbox, and answers where they stand: [{ userId, revision, unread }].
CREATE FUNCTION millrace.inboxes_changed(of_tenant text, users text[]) RETURNS json LANGUAGE sql AS $$
  WITH changed AS (
    UPDATE millrace.inboxes i SET revision = i.revision + 1 WHERE i.tenant = of_tenant AND i.user_id = ANY (users)
    RETURNING i.user_id, i.revision
  )
  SELECT coalesce(json_agg(json_build_object('userId', c.user_id, 'revision', c.revision, 'unread', (
    SELECT count(*) FROM millrace.notifications n WHERE n.tenant = of_tenant AND n.user_id = c.user_id AND n.read_at IS NULL
  )) ORDER BY array_position(users, c.user_id)), '[]') FROM changed c
$$;

-- Answers null where these are another database's tables.
CREATE FUNCTION millrace.inbox_add(at_home text, of_tenant text, users text[], n json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  added text[] := users;
BEGIN
  IF NOT EXISTS (SELECT FROM millrace.meta m WHERE m.home = at_home) THEN RETURN NULL; END IF;
  PERFORM millrace.lock_inboxes(of_tenant, users);
  IF n->>'dedupeKey' IS NOT NULL THEN
    WITH fresh AS (
      INSERT INTO millrace.dedupe (tenant, user_id, key, created_at)
        SELECT of_tenant, u, n->>'dedupeKey', (n->>'createdAt')::bigint FROM unnest(users) u
        ON CONFLICT DO NOTHING RETURNING user_id
    )
    SELECT array_agg(f.user_id) INTO added FROM fresh f;
  END IF;
  WITH fresh AS (
    INSERT INTO millrace.notifications (tenant, user_id, id, type, title, message, data, document, created_at)
      SELECT of_tenant, u, n->>'id', n->>'type', n->>'title', n->>'message', n->>'data', n->>'document', (n->>'createdAt')::bigint
      FROM unnest(added) u
      ON CONFLICT (tenant, user_id, id) DO NOTHING RETURNING user_id
  )
  SELECT array_agg(u ORDER BY place) INTO added FROM unnest(users) WITH ORDINALITY AS t(u, place) WHERE u IN (SELECT f.user_id FROM fresh f);
  RETURN millrace.inboxes_changed(of_tenant, added);
END $$;

-- ids null: all. Answers { ids, inbox }, null where nothing has changed.
CREATE FUNCTION millrace.inbox_mark(of_tenant text, of_user text, wanted text[], at bigint) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  marked text[];
BEGIN
  PERFORM FROM millrace.inboxes i WHERE i.tenant = of_tenant AND i.user_id = of_user FOR NO KEY UPDATE;
  WITH changed AS (
    UPDATE millrace.notifications n SET read_at = at
    WHERE n.tenant = of_tenant AND n.user_id = of_user AND (n.read_at IS NULL) = (at IS NOT NULL) AND (wanted IS NULL OR n.id = ANY (wanted))
    RETURNING n.id
  )
  SELECT array_agg(c.id) INTO marked FROM changed c;
  IF marked IS NULL THEN RETURN NULL; END IF;
  RETURN json_build_object('ids', marked, 'inbox', millrace.inboxes_changed(of_tenant, ARRAY[of_user])->0);
END $$;

CREATE FUNCTION millrace.inbox_delete(of_tenant text, of_user text, wanted text[]) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  deleted text[];
BEGIN
  PERFORM FROM millrace.inboxes i WHERE i.tenant = of_tenant AND i.user_id = of_user FOR NO KEY UPDATE;
  WITH gone AS (
    DELETE FROM millrace.notifications n WHERE n.tenant = of_tenant AND n.user_id = of_user AND n.id = ANY (wanted) RETURNING n.id
  )
  SELECT array_agg(g.id) INTO deleted FROM gone g;
  IF deleted IS NULL THEN RETURN NULL; END IF;
  RETURN json_build_object('ids', deleted, 'inbox', millrace.inboxes_changed(of_tenant, ARRAY[of_user])->0);
END $$;

-- One batch; inboxes that a transaction holds are left for the next time. Answers [{ tenant, userId, ids, revision, unread }].
CREATE FUNCTION millrace.inbox_trim(before bigint, batch int) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  answer json := '[]';
BEGIN
  WITH old AS MATERIALIZED (
    SELECT n.seq, n.tenant, n.user_id FROM millrace.notifications n WHERE n.created_at < before ORDER BY n.created_at LIMIT batch
  ), free AS MATERIALIZED (
    SELECT i.tenant, i.user_id FROM millrace.inboxes i WHERE (i.tenant, i.user_id) IN (SELECT o.tenant, o.user_id FROM old o)
    ORDER BY i.tenant, i.user_id FOR NO KEY UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM millrace.notifications n USING old o JOIN free f USING (tenant, user_id) WHERE n.seq = o.seq RETURNING n.tenant, n.user_id, n.id
  )
  SELECT json_agg(json_build_object('tenant', g.tenant, 'userId', g.user_id, 'ids', g.ids)) INTO answer
  FROM (SELECT gone.tenant, gone.user_id, json_agg(gone.id) AS ids FROM gone GROUP BY gone.tenant, gone.user_id) g;
  RETURN (SELECT coalesce(json_agg(json_build_object(
    'tenant', a->>'tenant', 'userId', a->>'userId', 'ids', a->'ids', 'inbox', millrace.inboxes_changed(a->>'tenant', ARRAY[a->>'userId'])->0
  )), '[]') FROM json_array_elements(answer) a);
END $$;

-- The level that a watched value had, with its key locked until the transaction ends; null where these are another database's tables.
CREATE FUNCTION millrace.alert_level(at_home text, of_tenant text, of_key text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM millrace.meta m WHERE m.home = at_home) THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(1835625581, hashtext(of_tenant || chr(1) || of_key));
  RETURN coalesce((SELECT a.level FROM millrace.alerts a WHERE a.tenant = of_tenant AND a.key = of_key), 'ok');
END $$;

CREATE FUNCTION millrace.set_alert_level(of_tenant text, of_key text, new_level text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF new_level = 'ok' THEN DELETE FROM millrace.alerts a WHERE a.tenant = of_tenant AND a.key = of_key;
  ELSE
    INSERT INTO millrace.alerts (tenant, key, level) VALUES (of_tenant, of_key, new_level)
      ON CONFLICT (tenant, key) DO UPDATE SET level = excluded.level;
  END IF;
END $$;
`
