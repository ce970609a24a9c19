-- Whether a message waits for its key: another one of it is out or will be tried again, or comes first.
create function @.has_to_wait(q int, of bigint, of_key text, of_level smallint, of_failed int) returns boolean
language plpgsql set enable_seqscan = off as $$
begin
  return exists (
    select 1 from @.message e where e.queue = q and e.key = of_key and (e.state = 2 or e.failed > 0) and e.state <> 3
      and e.seq <> of and (e.state = 2 or of_failed = 0 or e.seq < of)
  ) or (of_failed = 0 and exists (
    select 1 from @.message e where e.queue = q and e.key = of_key and e.state = 0 and (e.level, e.seq) < (of_level, of)
  ));
end $$;

-- One message of a key that may go now: its first, or one that is tried again. Whoever takes of a key has its lock until
-- the lease can be seen by all; then what was seen before is looked at again.
create function @.take_of_key(q int, of_key text, out taken bigint, out size int)
language plpgsql set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  r record;
begin
  for r in
    (select m.seq, m.level, m.failed, m.bytes, m.expires from @.message m
      where m.queue = q and m.key = of_key and m.state = 0 order by m.level, m.seq limit 1)
    union all
    (select m.seq, m.level, m.failed, m.bytes, m.expires from @.message m
      where m.queue = q and m.key = of_key and (m.state = 2 or m.failed > 0) and m.state <> 3 and m.state = 0
      order by m.seq limit 1)
  loop
    continue when r.expires > 0 and r.expires <= @.ms();
    continue when @.has_to_wait(q, r.seq, of_key, r.level, r.failed);
    continue when not pg_try_advisory_xact_lock(q, hashtext(of_key));
    perform 1 from @.message m where m.queue = q and m.seq = r.seq and m.state = 0 for update skip locked;
    continue when not found or @.has_to_wait(q, r.seq, of_key, r.level, r.failed);
    taken := r.seq;
    size := r.bytes;
    return;
  end loop;
end $$;

-- Leases messages that are ready, the most important level first, then in the order of puts. Where more than 200 in a row
-- wait for their keys the rest is found key by key, in the order of these. The last row has no seq:
-- its id is the ids that expired, as JSON, and its enqueued the ms until something is due (-1 never).
create function @.take(q int, c text, call bigint, want int, lease_ms bigint, most int, cap bigint)
returns table (
  seq bigint, id text, key text, level smallint, failed int, outs int, enqueued bigint, expires bigint, bytes int,
  headers text, history text, body bytea
) language plpgsql set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
#variable_conflict use_column
declare
  t bigint;
  r record;
  seqs bigint[] := '{}';
  size bigint := 0;
  expired text;
  next_due bigint;
  told bigint;
  edge_level smallint := 32767;
  edge_seq bigint := 0;
  next_key text := '';
begin
  -- A lease that a crash forgets is a message that is ready again: nobody has to wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  expired := to_json(@.tend(q, c, 1))::text;
  t := @.ms();
  if expired <> '[]' then
    -- Whoever hears no answer asks for this.
    update @.account a set call = take.call, gone = expired where a.queue = q and a.client = c and a.kind = 1;
  end if;
  if exists (select 1 from @.message m where m.queue = q and m.key > '' and m.state = 0) then
    select m.level, m.seq into edge_level, edge_seq from @.message m
      where m.queue = q and m.state = 0 order by m.level, m.seq offset want + 200 limit 1;
    edge_level := coalesce(edge_level, 32767);
    edge_seq := coalesce(edge_seq, 0);
  end if;
  for r in
    select m.seq, m.key, m.level, m.failed, m.bytes from @.message m
    where m.queue = q and m.state = 0 and (m.level, m.seq) <= (edge_level, edge_seq) and (m.expires = 0 or m.expires > t)
      and (m.key is null or not @.has_to_wait(m.queue, m.seq, m.key, m.level, m.failed))
    order by m.level, m.seq limit want for update of m skip locked
  loop
    exit when size >= cap;
    if r.key is not null then
      -- Who takes of a key has its lock until the lease can be seen by all; then what was seen before is looked at again.
      continue when not pg_try_advisory_xact_lock(q, hashtext(r.key));
      continue when @.has_to_wait(q, r.seq, r.key, r.level, r.failed);
    end if;
    seqs := seqs || r.seq;
    size := size + r.bytes;
  end loop;
  while edge_level < 32767 and coalesce(array_length(seqs, 1), 0) < want and size < cap loop
    select m.key into next_key from @.message m
      where m.queue = q and m.key > next_key and m.state = 0 order by m.key limit 1;
    exit when next_key is null;
    select k.taken, k.size into r from @.take_of_key(q, next_key) k;
    continue when r.taken is null or r.taken = any (seqs);
    seqs := seqs || r.taken;
    size := size + r.size;
  end loop;
  for r in
    select m.seq, m.bytes from @.message m
    where m.queue = q and m.state = 0 and m.key is null and (m.level, m.seq) > (edge_level, edge_seq)
      and (m.expires = 0 or m.expires > t)
    order by m.level, m.seq limit want - coalesce(array_length(seqs, 1), 0) for update of m skip locked
  loop
    exit when size >= cap;
    seqs := seqs || r.seq;
    size := size + r.bytes;
  end loop;
  if array_length(seqs, 1) > 0 then
    return query
      update @.message m set state = 2, due = t + lease_ms, owner = c || ':' || call, outs = m.outs + 1,
        most = take.most
      from unnest(seqs) s (seq) where m.queue = q and m.seq = s.seq
      returning m.seq, m.id, m.key, m.level, m.failed, m.outs, m.enqueued, m.expires, m.bytes, m.headers,
        m.history::text, m.body;
    perform @.book(q, c, 1, 0, 0, array_length(seqs, 1), 0, 0, 0);
  end if;
  select min(m.due) into next_due from @.message m where m.queue = q and m.state in (1, 2);
  next_due := case when next_due is null then -1 else greatest(1, next_due - t) end;
  if json_array_length(expired::json) = 1000 then next_due := 1; end if; -- there may be more that are too old
  if coalesce(array_length(seqs, 1), 0) < want and size < cap then
    select a.waits into told from @.account a where a.queue = q and a.client = c and a.kind = 1;
    if told is null or told < t + 15000 then
      insert into @.account as a (queue, client, kind, waits, at) values (q, c, 1, t + 30000, t)
      on conflict (queue, client, kind) do update set waits = excluded.waits;
      -- Who has just put something may not have seen that somebody waits: it is looked once more.
      if told is null or told < t then next_due := 0; end if;
    end if;
  end if;
  return query select null::bigint, expired, null::text, null::smallint, null::int, null::int, next_due,
    null::bigint, null::int, null::text, null::text, null::bytea;
end $$;
