create function @.ms() returns bigint language sql volatile as $$
  select (extract(epoch from clock_timestamp()) * 1000)::bigint
$$;

-- Adds to the account of one client.
create function @.book(
  q int, c text, k int, items bigint, bytes bigint, leased bigint, delayed bigint, dead bigint, ids bigint
) returns void language sql as $$
  insert into @.account as a (queue, client, kind, items, bytes, leased, delayed, dead, ids, at)
  values (q, c, k, $4, $5, $6, $7, $8, $9, @.ms())
  on conflict (queue, client, kind) do update set
    items = a.items + excluded.items, bytes = a.bytes + excluded.bytes, leased = a.leased + excluded.leased,
    delayed = a.delayed + excluded.delayed, dead = a.dead + excluded.dead, ids = a.ids + excluded.ids, at = excluded.at
$$;

-- Whether somebody else waits for messages (kind 1) or for room (kind 0); then they are told.
create function @.tell(q int, c text, k int) returns void language plpgsql as $$
begin
  if exists (select 1 from @.account a where a.queue = q and a.kind = k and a.client <> c and a.waits > @.ms()) then
    perform pg_notify('@', q || case k when 1 then ' ready' else ' room' end);
  end if;
end $$;

create function @.after_failure(history jsonb, attempt int, at bigint, reason text) returns jsonb language sql immutable as $$
  select case when jsonb_array_length(coalesce(history, '[]')) >= 8 then history - 0 else coalesce(history, '[]') end
    || jsonb_build_object('attempt', attempt, 'at', at, 'reason', reason)
$$;

-- What time has brought: delayed ones are ready, leases have ended, ages are reached, also of those that were tried before.
-- Answers with the ids that expired, up to 1000.
-- Whether a message has an attempt left says whoever had leased it, not whoever looks.
create function @.tend(q int, c text, k int) returns text[] language plpgsql set enable_seqscan = off as $$
declare
  t bigint := @.ms();
  gone text[] := '{}';
  gone_bytes bigint := 0;
  gone_delayed bigint := 0;
  ended bigint := 0;
  came bigint := 0;
  died bigint := 0;
begin
  if exists (select 1 from @.message m where m.queue = q and m.state in (1, 2) and m.due <= t) then
    with d as (
      select m.seq, m.state from @.message m where m.queue = q and m.state in (1, 2) and m.due <= t
      order by m.due limit 1000 for update skip locked
    ), u as (
      update @.message m set
        state = case when d.state = 2 and m.failed + 1 >= m.most then 3 else 0 end,
        failed = m.failed + case d.state when 2 then 1 else 0 end,
        history = case when d.state = 2
          then @.after_failure(m.history, m.failed + 1, t, 'the lease ended before the work did') else m.history end,
        owner = null
      from d where m.queue = q and m.seq = d.seq
      returning d.state as was, m.state as is
    )
    select count(*) filter (where u.was = 2), count(*) filter (where u.was = 1), count(*) filter (where u.is = 3)
    into ended, came, died from u;
  end if;
  if exists (select 1 from @.message m where m.queue = q and m.expires > 0 and m.state in (0, 1) and m.expires <= t) then
    with d as (
      select m.seq from @.message m where m.queue = q and m.expires > 0 and m.state in (0, 1) and m.expires <= t
      order by m.expires limit 1000 for update skip locked
    ), g as (
      delete from @.message m using d where m.queue = q and m.seq = d.seq returning m.id, m.bytes, m.state
    )
    select coalesce(array_agg(g.id), '{}'), coalesce(sum(g.bytes), 0), count(*) filter (where g.state = 1)
    into gone, gone_bytes, gone_delayed from g;
  end if;
  if ended + came > 0 or array_length(gone, 1) > 0 then
    perform @.book(q, c, k, -coalesce(array_length(gone, 1), 0), -gone_bytes, -ended, -came - gone_delayed, died, 0);
    if ended + came > died then perform @.tell(q, c, 1); end if;
    if array_length(gone, 1) > 0 then perform @.tell(q, c, 0); end if;
  end if;
  return gone;
end $$;

create function @.depth(
  q int, out items bigint, out bytes bigint, out leased bigint, out delayed bigint, out dead bigint, out oldest bigint
) language plpgsql set enable_seqscan = off as $$
begin
  select coalesce(sum(a.items), 0), coalesce(sum(a.bytes), 0), coalesce(sum(a.leased), 0), coalesce(sum(a.delayed), 0),
    coalesce(sum(a.dead), 0) into items, bytes, leased, delayed, dead from @.account a where a.queue = q;
  if items > leased + delayed + dead then
    select @.ms() - min(f.enqueued) into oldest from generate_series(0, 3) l, lateral (
      select m.enqueued from @.message m where m.queue = q and m.state = 0 and m.level = l order by m.seq limit 1
    ) f;
  end if;
  oldest := greatest(0, coalesce(oldest, 0));
end $$;

-- Rows of calls that nobody will repeat become one: of transactions, and of clients that were not heard of for a day.
create function @.fold(q int, c text) returns void language plpgsql as $$
declare
  s record;
begin
  with d as (
    select a.client, a.kind from @.account a
    where a.queue = q and a.client <> '' and (a.client = c or a.client like 'tx:%' or a.at < @.ms() - 86400000)
    for update skip locked
  ), g as (
    delete from @.account a using d where a.queue = q and a.client = d.client and a.kind = d.kind returning a.*
  )
  select count(*) as n, sum(g.items) as items, sum(g.bytes) as bytes, sum(g.leased) as leased, sum(g.delayed) as delayed,
    sum(g.dead) as dead, sum(g.ids) as ids into s from g;
  if s.n > 0 then
    perform @.book(q, '', 2, s.items::bigint, s.bytes::bigint, s.leased::bigint, s.delayed::bigint, s.dead::bigint, s.ids::bigint);
  end if;
end $$;
