/**
 * The tables, in a schema of their own. What is written often is written once and deleted, never updated: a report that holds an
 * old snapshot for an hour keeps every version of an updated row alive, and each look-up would walk through all of them.
 */
export const tables = `
CREATE TABLE millrace.meta (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Tells this database's tables from another's that has them too.
  home text NOT NULL,
  epoch text NOT NULL,
  -- Which cluster, timeline, database and table the epoch was begun in.
  identity text NOT NULL,
  -- Signs cursors.
  secret text NOT NULL
);

CREATE TABLE millrace.checks (one boolean PRIMARY KEY DEFAULT true CHECK (one), at timestamptz NOT NULL);

-- A channel's row stays once used. It is what appends lock; they do not change it. The head is the log's last offset, or
-- first - 1 where retention has cut everything.
CREATE TABLE millrace.channels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text COLLATE "C" NOT NULL UNIQUE,
  first bigint NOT NULL DEFAULT 1
);

CREATE TABLE millrace.log (
  channel bigint NOT NULL,
  "offset" bigint NOT NULL,
  event text NOT NULL,
  json text NOT NULL,
  id text NOT NULL,
  time bigint NOT NULL,
  actor_id text,
  actor_name text,
  PRIMARY KEY (channel, "offset")
);

CREATE TABLE millrace.keys (
  channel bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  "offset" bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (channel, key)
);
CREATE INDEX keys_at ON millrace.keys (at);

-- A value that is replaced gets a new, higher seq: seq is the order in which values were set. It is in no index, so that a
-- replacement writes none.
CREATE SEQUENCE millrace.retained_seq;
CREATE TABLE millrace.retained (
  channel bigint NOT NULL,
  event text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  json text NOT NULL,
  id text NOT NULL,
  time bigint NOT NULL,
  actor_id text,
  actor_name text,
  PRIMARY KEY (channel, event, key)
) WITH (fillfactor = 50);

-- xid is the transaction that wrote the row: what became visible since a snapshot is found by it, and what has moved is never
-- looked at again, vacuumed or not. seq is the order within what is visible.
CREATE TABLE millrace.outbox (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  channel text COLLATE "C" NOT NULL,
  -- False for what SQL wrote: the contract has not seen it yet, and delivery is unknown.
  checked boolean NOT NULL,
  delivery text CHECK (delivery IN ('durable', 'retained', 'volatile')),
  event text NOT NULL,
  json text NOT NULL,
  id text NOT NULL,
  time bigint NOT NULL,
  actor_id text,
  actor_name text,
  key text,
  except_connection text,
  idempotency_key text,
  PRIMARY KEY (xid, seq),
  CHECK (checked = (delivery IS NOT NULL)),
  -- What could not be stored later fails in the writer's transaction: an index takes no more.
  CHECK (octet_length(channel) <= 2000 AND octet_length(event) + octet_length(coalesce(key, '')) <= 2000 AND octet_length(idempotency_key) <= 2000)
);

-- Every row of the outbox that is visible in this snapshot has moved.
CREATE TABLE millrace.moved (one boolean PRIMARY KEY DEFAULT true CHECK (one), seen pg_snapshot NOT NULL);
INSERT INTO millrace.moved (seen) VALUES ('1:1:');

-- Which node moves what has been committed.
CREATE TABLE millrace.relay (one boolean PRIMARY KEY DEFAULT true CHECK (one), holder text NOT NULL, until timestamptz NOT NULL);

-- What the contract has refused.
CREATE TABLE millrace.dead_letters (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  channel text NOT NULL,
  event text NOT NULL,
  data text NOT NULL,
  idempotency_key text,
  id text NOT NULL,
  time bigint NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE millrace.inboxes (
  tenant text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, user_id)
) WITH (fillfactor = 70);

CREATE TABLE millrace.notifications (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  type text NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  data text,
  document text,
  created_at bigint NOT NULL,
  read_at bigint,
  UNIQUE (tenant, user_id, id)
);
CREATE INDEX notifications_user ON millrace.notifications (tenant, user_id, seq);
CREATE INDEX notifications_unread ON millrace.notifications (tenant, user_id, seq) WHERE read_at IS NULL;
CREATE INDEX notifications_created ON millrace.notifications (created_at);

-- Beside the notifications: a key is remembered when its notification was deleted.
CREATE TABLE millrace.dedupe (
  tenant text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (tenant, user_id, key)
);
CREATE INDEX dedupe_created ON millrace.dedupe (created_at);

-- Only what alarms has a row.
CREATE TABLE millrace.alerts (
  tenant text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  level text NOT NULL,
  PRIMARY KEY (tenant, key)
);
`
