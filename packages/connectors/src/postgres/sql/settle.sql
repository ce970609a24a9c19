-- What is given by its number is found by its number: `state + 0`, for the index of leases has a place for `state`, and
-- with statistics from a time when nothing was out it looks as if it led to one row, not to all that is out, for each.

-- Ends deliveries: how is a (ack), b (back at once), r (retry) or x (dead). Answers with 1 for each whose lease was held.
create function @.settle(q int, c text, n bigint, ends json, out answer text)
language plpgsql set enable_seqscan = off as $$
declare
  t bigint := @.ms();
  before record;
  gone record;
  back record;
begin
  if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;
  insert into @.account (queue, client, kind, at) values (q, c, 2, t) on conflict do nothing;
  select a.call, a.answer into before from @.account a where a.queue = q and a.client = c and a.kind = 2 for update;
  if before.call = n then
    answer := before.answer;
    return;
  end if;
  with x as (
    select e.s, e.o from json_to_recordset(ends) as e (s bigint, o text, how text) where e.how = 'a'
  ), g as (
    delete from @.message m using x where m.queue = q and m.seq = x.s and m.state + 0 = 2 and m.owner = x.o
    returning m.seq, m.bytes, m.key
  )
  select coalesce(array_agg(g.seq), '{}') as seqs, count(*) as n, coalesce(sum(g.bytes), 0) as bytes, count(g.key) as keys
  into gone from g;
  with x as (
    select e.s, e.o, e.how, e.delay, e.reason
    from json_to_recordset(ends) as e (s bigint, o text, how text, delay bigint, reason text) where e.how <> 'a'
  ), u as (
    update @.message m set
      state = case when x.how = 'x' then 3 when x.how = 'r' and x.delay > 0 then 1 else 0 end,
      due = t + coalesce(x.delay, 0),
      failed = m.failed + case x.how when 'b' then 0 else 1 end,
      history = case x.how when 'b' then m.history else @.after_failure(m.history, m.failed + 1, t, x.reason) end,
      owner = null
    from x where m.queue = q and m.seq = x.s and m.state + 0 = 2 and m.owner = x.o
    returning m.seq, m.state
  )
  select coalesce(array_agg(u.seq), '{}') as seqs, count(*) as n, count(*) filter (where u.state = 1) as delayed,
    count(*) filter (where u.state = 3) as dead into back from u;
  select string_agg(case when e.s = any (gone.seqs) or e.s = any (back.seqs) then '1' else '0' end, '' order by e.i)
  into answer from rows from (json_to_recordset(ends) as (s bigint)) with ordinality as e (s, i);
  perform @.book(q, c, 2, -gone.n, -gone.bytes, -gone.n - back.n, back.delayed, back.dead, 0);
  update @.account a set call = n, answer = settle.answer where a.queue = q and a.client = c and a.kind = 2;
  if gone.n > 0 then perform @.tell(q, c, 0); end if;
  if back.n > 0 or gone.keys > 0 then perform @.tell(q, c, 1); end if;
end $$;

-- Moves the ends of leases; answers with the messages whose lease was held.
create function @.extend(q int, leases json, ms bigint) returns table (seq bigint) language sql as $$
  update @.message m set due = @.ms() + $3 from json_to_recordset(leases) as e (s bigint, o text)
  where m.queue = q and m.seq = e.s and m.state + 0 = 2 and m.owner = e.o returning m.seq
$$;

-- Gives back what was leased to a client in an answer that never came; keep is what it has.
create function @.reclaim(q int, c text, keep bigint[]) returns bigint language plpgsql set enable_seqscan = off as $$
declare
  n bigint;
begin
  with d as (
    select m.seq from @.message m where m.queue = q and m.state in (1, 2) and m.state = 2
      and starts_with(m.owner, c || ':') and m.seq <> all (keep) for update skip locked
  ), u as (
    update @.message m set state = 0, owner = null from d where m.queue = q and m.seq = d.seq returning 1
  )
  select count(*) into n from u;
  if n > 0 then perform @.book(q, c, 2, 0, 0, -n, 0, 0, 0); end if;
  return n;
end $$;

-- Puts dead letters back with fresh attempts, never to expire.
create function @.redrive(q int, c text, seqs bigint[]) returns bigint language plpgsql set enable_seqscan = off as $$
declare
  n bigint;
begin
  with u as (
    update @.message m set state = 0, failed = 0, outs = 0, expires = 0, history = null
    where m.queue = q and m.seq = any (seqs) and m.state = 3 returning 1
  )
  select count(*) into n from u;
  if n > 0 then
    perform @.book(q, c, 2, 0, 0, 0, 0, -n, 0);
    perform @.tell(q, c, 1);
  end if;
  return n;
end $$;

-- Removes up to a few thousand messages of the states; answers with how many.
create function @.purge(q int, c text, states int[]) returns bigint language plpgsql set enable_seqscan = off as $$
declare
  s record;
begin
  with d as (
    select m.seq from @.message m where m.queue = q and m.state = any (states) limit 5000 for update skip locked
  ), g as (
    delete from @.message m using d where m.queue = q and m.seq = d.seq returning m.bytes, m.state
  )
  select count(*) as n, coalesce(sum(g.bytes), 0) as bytes, count(*) filter (where g.state = 1) as delayed,
    count(*) filter (where g.state = 3) as dead into s from g;
  if s.n > 0 then
    perform @.book(q, c, 2, -s.n, -s.bytes, 0, -s.delayed, -s.dead, 0);
    perform @.tell(q, c, 0);
  end if;
  return s.n;
end $$;
