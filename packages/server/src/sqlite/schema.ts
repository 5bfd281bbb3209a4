/**
 * The store's tables. They may live in the application's own file, so each name begins with `millrace_` and no PRAGMA that the
 * application might use is touched.
 */
const tables = `
CREATE TABLE millrace_meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  schema INTEGER NOT NULL,
  epoch TEXT NOT NULL,
  commits INTEGER NOT NULL,
  checks INTEGER NOT NULL,
  secret TEXT NOT NULL
) STRICT;

-- A channel's row stays once used: its head is what makes an old position readable as a gap.
CREATE TABLE millrace_channels (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  first INTEGER NOT NULL DEFAULT 1,
  head INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE millrace_log (
  channel INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  event TEXT NOT NULL,
  json TEXT NOT NULL,
  id TEXT NOT NULL,
  time INTEGER NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  PRIMARY KEY (channel, offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE millrace_keys (
  channel INTEGER NOT NULL,
  key TEXT NOT NULL,
  offset INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX millrace_keys_at ON millrace_keys (at);

-- A value that is replaced gets a new, higher seq: seq is the order in which values were set.
CREATE TABLE millrace_retained (
  seq INTEGER PRIMARY KEY,
  channel INTEGER NOT NULL,
  event TEXT NOT NULL,
  key TEXT NOT NULL,
  json TEXT NOT NULL,
  id TEXT NOT NULL,
  time INTEGER NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  UNIQUE (channel, event, key)
) STRICT;

-- SQLite has one writer at a time, so seq is the order in which the transactions committed.
CREATE TABLE millrace_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  delivery TEXT NOT NULL CHECK (delivery IN ('durable', 'retained', 'volatile')),
  event TEXT NOT NULL,
  json TEXT NOT NULL,
  id TEXT NOT NULL,
  time INTEGER NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  key TEXT,
  except_connection TEXT
) STRICT;

CREATE TABLE millrace_inboxes (
  tenant TEXT NOT NULL,
  user_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (tenant, user_id)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a seq is never used again, so a cursor stays where it was when rows around it go.
CREATE TABLE millrace_notifications (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  title TEXT NOT NULL,
  message TEXT NOT NULL,
  data TEXT,
  document TEXT,
  created_at INTEGER NOT NULL,
  read_at INTEGER,
  UNIQUE (tenant, user_id, id)
) STRICT;
CREATE INDEX millrace_notifications_user ON millrace_notifications (tenant, user_id, seq);
CREATE INDEX millrace_notifications_unread ON millrace_notifications (tenant, user_id, seq) WHERE read_at IS NULL;
CREATE INDEX millrace_notifications_created ON millrace_notifications (created_at);

-- Beside the notifications: a key is remembered when its notification was deleted.
CREATE TABLE millrace_dedupe (
  tenant TEXT NOT NULL,
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX millrace_dedupe_created ON millrace_dedupe (created_at);

-- Only what alarms has a row.
CREATE TABLE millrace_alerts (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  level TEXT NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
`

const leases = `
-- Until: by the clock of the process that took it; processes on one file share a machine.
CREATE TABLE millrace_leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

const jobs = `
-- What changes of a job is one text, written with what tells of it.
CREATE TABLE millrace_jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  type TEXT NOT NULL,
  dedupe_key TEXT,
  actor_id TEXT,
  state TEXT NOT NULL,
  -- From when on anybody may claim it; null once it has ended.
  due_at INTEGER,
  finished_at INTEGER,
  input TEXT NOT NULL,
  record TEXT NOT NULL,
  UNIQUE (tenant, type, dedupe_key)
) STRICT;
CREATE INDEX millrace_jobs_due ON millrace_jobs (type, state, due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX millrace_jobs_listed ON millrace_jobs (tenant, seq);
CREATE INDEX millrace_jobs_finished ON millrace_jobs (finished_at) WHERE finished_at IS NOT NULL;
`

/** Each takes the tables from one version to the next, and is never changed once it was published. A store of a newer version is not opened. */
export const migrations: readonly string[] = [tables, leases, jobs]
