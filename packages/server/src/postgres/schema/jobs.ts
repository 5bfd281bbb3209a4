/** Jobs: state that changes is one text, written with what tells of it; what never changes is beside it. */
export const jobs = `
CREATE TABLE millrace.jobs (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  tenant text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  dedupe_key text COLLATE "C",
  actor_id text COLLATE "C",
  state text COLLATE "C" NOT NULL,
  -- From when on anybody may claim it; null once it has ended.
  due_at bigint,
  finished_at bigint,
  input text NOT NULL,
  record text NOT NULL,
  UNIQUE (tenant, type, dedupe_key)
) WITH (fillfactor = 70);
CREATE INDEX jobs_due ON millrace.jobs (type, state, due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_listed ON millrace.jobs (tenant, seq);
CREATE INDEX jobs_finished ON millrace.jobs (finished_at) WHERE finished_at IS NOT NULL;

-- Milliseconds since 1970, now and not when the transaction began: a lease must not be over before it is written.
CREATE FUNCTION millrace.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Answers { job } with the first one where the dedupe key was seen; null where these are another database's tables.
CREATE FUNCTION millrace.job_add(at_home text, given json, new_input text, new_record text) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM millrace.meta m WHERE m.home = at_home) THEN RETURN NULL; END IF;
  INSERT INTO millrace.jobs (id, tenant, type, dedupe_key, actor_id, state, due_at, input, record)
    VALUES (given->>'id', given->>'tenant', given->>'type', given->>'dedupeKey', given->>'actor', given->>'state', coalesce(nullif((given->>'dueAt')::bigint, 0), millrace.now_ms()), new_input, new_record)
    ON CONFLICT (tenant, type, dedupe_key) DO NOTHING;
  IF FOUND THEN RETURN json_build_object('now', millrace.now_ms(), 'job', NULL); END IF;
  RETURN (SELECT json_build_object('now', millrace.now_ms(), 'job', json_build_object('input', j.input, 'record', j.record)) FROM millrace.jobs j
    WHERE j.tenant = given->>'tenant' AND j.type = given->>'type' AND j.dedupe_key = given->>'dedupeKey');
END $$;

-- A job, locked until the transaction ends, and the time: { now, job }. Null where these are another database's tables.
CREATE FUNCTION millrace.job_locked(at_home text, of_id text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  found_job json;
BEGIN
  IF NOT EXISTS (SELECT FROM millrace.meta m WHERE m.home = at_home) THEN RETURN NULL; END IF;
  SELECT json_build_object('input', j.input, 'record', j.record) INTO found_job FROM millrace.jobs j WHERE j.id = of_id FOR NO KEY UPDATE;
  RETURN json_build_object('now', millrace.now_ms(), 'job', found_job);
END $$;

-- The same for the one that has waited longest, of those that nobody else is at.
CREATE FUNCTION millrace.job_due(of_type text, of_state text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  at_time bigint := millrace.now_ms();
  found_job json;
BEGIN
  SELECT json_build_object('input', j.input, 'record', j.record) INTO found_job FROM millrace.jobs j
    WHERE j.type = of_type AND j.state = of_state AND j.due_at <= at_time ORDER BY j.due_at, j.seq LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  RETURN json_build_object('now', at_time, 'job', found_job);
END $$;

CREATE FUNCTION millrace.job_set(of_id text, new_state text, new_due_at bigint, new_finished_at bigint, new_record text) RETURNS void LANGUAGE sql AS $$
  UPDATE millrace.jobs SET state = new_state, due_at = new_due_at, finished_at = new_finished_at, record = new_record WHERE id = of_id
$$;
`
