/** The mill's own tables. Millrace keeps its tables in the same file, so that both are written in one transaction. */
export const schema = `
create table mills (
  id text primary key,
  name text not null,
  place text not null
) strict;

create table users (
  id text primary key,
  email text not null unique,
  name text not null,
  passwordHash text not null,
  role text not null,
  millId text references mills (id),
  isActive integer not null
) strict;

create table sessions (
  id text primary key,
  userId text not null references users (id),
  createdAt integer not null,
  endedAt integer
) strict;
create index sessionsByUser on sessions (userId);

create table refreshTokens (
  hash text primary key,
  sessionId text not null references sessions (id) on delete cascade,
  expiresAt integer not null,
  usedAt integer
) strict;
create index refreshTokensBySession on refreshTokens (sessionId);

create table numbers (
  millId text not null,
  series text not null,
  last integer not null,
  primary key (millId, series)
) strict, without rowid;

create table answers (
  userId text not null,
  key text not null,
  request text not null,
  answer text not null,
  at integer not null,
  primary key (userId, key)
) strict, without rowid;
create index answersByTime on answers (at);

create table stock (
  millId text not null references mills (id),
  stockType text not null,
  quantity integer not null check (quantity >= 0),
  minStockLevel integer not null,
  updatedAt integer not null,
  primary key (millId, stockType)
) strict, without rowid;

create table purchases (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  version integer not null,
  day text not null,
  supplier text not null,
  variety text not null,
  quantityKg integer not null,
  ratePaisePerKg integer not null,
  amountPaise integer not null,
  note text not null,
  createdAt integer not null,
  updatedAt integer not null,
  createdBy text not null,
  unique (millId, number)
) strict;
create index purchasesByDay on purchases (millId, day);

create table sales (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  version integer not null,
  day text not null,
  buyer text not null,
  stockType text not null,
  quantityKg integer not null,
  ratePaisePerKg integer not null,
  amountPaise integer not null,
  note text not null,
  createdAt integer not null,
  updatedAt integer not null,
  createdBy text not null,
  unique (millId, number)
) strict;
create index salesByDay on sales (millId, day);

create table movements (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  direction text not null,
  day text not null,
  stockType text not null,
  quantityKg integer not null,
  reason text not null,
  vehicle text not null,
  createdAt integer not null,
  createdBy text not null,
  unique (millId, number)
) strict;

create table batches (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  version integer not null,
  status text not null,
  paddyKg integer not null,
  riceKg integer,
  brokenRiceKg integer,
  branKg integer,
  huskKg integer,
  createdAt integer not null,
  updatedAt integer not null,
  createdBy text not null,
  completedAt integer,
  completedBy text,
  completedOn text,
  unique (millId, number)
) strict;
create index batchesByDay on batches (millId, completedOn);

create table payments (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  direction text not null,
  day text not null,
  party text not null,
  amountPaise integer not null,
  method text not null,
  note text not null,
  createdAt integer not null,
  createdBy text not null,
  unique (millId, number)
) strict;
create index paymentsByDay on payments (millId, day);

create table receipts (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  paymentId text not null unique references payments (id),
  day text not null,
  party text not null,
  amountPaise integer not null,
  method text not null,
  createdAt integer not null,
  createdBy text not null,
  unique (millId, number)
) strict;

create table staff (
  id text primary key,
  millId text not null references mills (id),
  name text not null,
  duty text not null,
  dailyWagePaise integer not null,
  joinedOn text not null,
  leftOn text,
  createdAt integer not null,
  createdBy text not null
) strict;
create index staffByMill on staff (millId);

create table attendance (
  millId text not null references mills (id),
  staffId text not null references staff (id),
  day text not null,
  status text not null,
  markedAt integer not null,
  markedBy text not null,
  primary key (staffId, day)
) strict, without rowid;
create index attendanceByDay on attendance (millId, day);

create table activity (
  id text primary key,
  millId text not null references mills (id),
  number integer not null,
  user text not null,
  action text not null,
  entity text not null,
  entityId text not null,
  message text not null,
  at integer not null,
  unique (millId, number)
) strict;

pragma user_version = 1;
`
