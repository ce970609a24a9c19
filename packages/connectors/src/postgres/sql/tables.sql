-- The tables of one schema; @ stands for its name. Times are Unix ms by the server's clock.
create table @.version (version int not null);

create table @.queue (id int generated always as identity primary key, name text not null unique);

-- state: 0 ready, 1 delayed, 2 leased, 3 dead. due: when a delayed one is ready, when a lease ends. most: the attempts
-- that whoever leased it last allows.
-- Every message is written once, changed once when it is taken and removed: cleaned up early, or indexes grow.
create table @.message (
  queue int not null,
  seq bigint generated always as identity,
  level smallint not null,
  state smallint not null,
  failed int not null default 0,
  outs int not null default 0,
  most int,
  bytes int not null,
  due bigint not null,
  enqueued bigint not null,
  expires bigint not null,
  id text not null,
  owner text,
  key text,
  headers text,
  history jsonb,
  body bytea not null,
  primary key (queue, seq)
) with (
  autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 0.2, toast.autovacuum_vacuum_cost_delay = 0
);
create index message_ready on @.message (queue, level, seq) where state = 0;
create index message_due on @.message (queue, due) where state in (1, 2);
create index message_dead on @.message (queue, seq) where state = 3;
create index message_key on @.message (queue, key, level, seq) where key is not null and state = 0;
-- Who has its key: it is out, or will be tried again.
create index message_holder on @.message (queue, key) where key is not null and (state = 2 or failed > 0) and state <> 3;
create index message_expires on @.message (queue, expires) where expires > 0 and state in (0, 1);

-- Ids that are recognised.
create table @.known (
  queue int not null,
  id text not null,
  n bigint generated always as identity,
  at bigint not null,
  primary key (queue, id)
) with (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
create index known_n on @.known (queue, n);

-- What clients have changed, one row for each kind of call (0 put, 1 take, 2 settle) of each client, so that nobody
-- waits for the row of somebody else. The sums over a queue are what it holds. call and answer: the last call, so that
-- its repetition is known for one; gone: what was dropped in it (take: in the last one that found something too old), as
-- JSON. waits: until when it wants to be told of messages (take) or of room (put).
create table @.account (
  queue int not null,
  client text not null,
  kind smallint not null,
  items bigint not null default 0,
  bytes bigint not null default 0,
  leased bigint not null default 0,
  delayed bigint not null default 0,
  dead bigint not null default 0,
  ids bigint not null default 0,
  call bigint not null default 0,
  waits bigint not null default 0,
  at bigint not null default 0,
  answer text,
  gone text,
  primary key (queue, client, kind)
) with (fillfactor = 40, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
