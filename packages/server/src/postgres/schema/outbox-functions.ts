import { advisoryLocks } from '../port.ts'

/** Writing to the outbox in a transaction of the application's, from Node and from SQL. */
export const outboxFunctions = `
-- Wakes the relay where it sleeps, with the commit. A sleeping relay holds the lock; a writer that finds it free keeps it shared, and
-- with it the relay awake, to the end of its transaction. NOTIFY alone would make commits wait for each other: it holds one lock of
-- the whole server through the flush of a commit.
CREATE FUNCTION millrace.wake_relay() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock_shared(${advisoryLocks.asleep}) THEN PERFORM pg_notify('millrace_outbox', ''); END IF;
END $$;

-- Writes entries that the contract has seen. Answers false, and writes nothing, where these are another database's tables.
CREATE FUNCTION millrace.write_outbox(at_home text, entries json) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM millrace.meta m WHERE m.home = at_home) THEN RETURN false; END IF;
  INSERT INTO millrace.outbox (channel, checked, delivery, event, json, id, time, actor_id, actor_name, key, except_connection)
    SELECT e->>'channel', true, e->>'delivery', e->>'event', e->>'json', e->>'id', (e->>'time')::bigint,
      e->'actor'->>'id', e->'actor'->>'name', e->>'key', e->>'except'
    FROM json_array_elements(entries) WITH ORDINALITY AS t(e, n) ORDER BY n;
  PERFORM millrace.wake_relay();
  RETURN true;
END $$;

-- A tenant as a channel key has it: what could end it, or be taken for something else, as % and four hexadecimal digits.
CREATE FUNCTION millrace.escape_param(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  escaped text := '';
  letter text;
BEGIN
  IF value !~ '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029%:/{}$*#?\\\\|]' THEN RETURN value; END IF;
  FOREACH letter IN ARRAY string_to_array(value, NULL) LOOP
    IF letter ~ '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029%:/{}$*#?\\\\|]' THEN escaped := escaped || '%' || lpad(to_hex(ascii(letter)), 4, '0');
    ELSE escaped := escaped || letter;
    END IF;
  END LOOP;
  RETURN escaped;
END $$;

-- Publishes with the caller's transaction (OUT4). The tenant is the argument, else the setting millrace.tenant of the transaction, the
-- session, the role or the database. Answers the publication's id. The contract is checked when the row leaves the outbox: what it
-- refuses is in millrace.dead_letters.
CREATE FUNCTION millrace.publish(channel text, event text, data jsonb, key text DEFAULT NULL, tenant text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  owner text := coalesce(tenant, nullif(current_setting('millrace.tenant', true), ''));
  made text := gen_random_uuid()::text;
BEGIN
  IF owner IS NULL OR owner = '' THEN
    RAISE invalid_parameter_value USING MESSAGE = 'millrace.publish: no tenant',
      HINT = 'Name it: millrace.publish(..., tenant => ''acme''), or SET LOCAL millrace.tenant = ''acme'' first.';
  END IF;
  IF channel IS NULL OR channel !~ '^[^$]' OR length(channel) > 256 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'millrace.publish: this is no channel''s name',
      HINT = 'A name is what a pattern of the contract makes, such as ''mill:7'': 1 to 256 characters.';
  END IF;
  IF event IS NULL OR event = '' OR length(event) > 256 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'millrace.publish: this is no event''s name', HINT = 'Use an event of the contract.';
  END IF;
  IF data IS NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = 'millrace.publish: no data', HINT = 'JSON''s null is ''null''::jsonb.';
  END IF;
  IF octet_length(data::text) > 1048576 THEN
    RAISE program_limit_exceeded USING MESSAGE = format('millrace.publish: the data has %s bytes; 1048576 is the limit', octet_length(data::text)),
      HINT = 'Send less, or a reference to it.';
  END IF;
  IF octet_length(key) > 1024 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'millrace.publish: the key has more than 1024 bytes', HINT = 'Use a shorter key, or its hash.';
  END IF;
  INSERT INTO millrace.outbox (channel, checked, event, json, id, time, idempotency_key)
    VALUES (millrace.escape_param(owner) || '/' || channel, false, event, data::text, made,
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint, key);
  PERFORM millrace.wake_relay();
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION millrace.publish FROM PUBLIC;

-- For an operator who has restored data in a way that shows nowhere: all readers begin anew.
CREATE FUNCTION millrace.new_epoch() RETURNS text LANGUAGE sql AS $$
  UPDATE millrace.meta SET epoch = gen_random_uuid()::text RETURNING epoch
$$;
`
