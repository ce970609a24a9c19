-- Stores messages as far as the bounds and the overflow policy allow. Answers with a letter each (s stored,
-- u duplicate, d dropped, f full) and the ids that were dropped for them, as JSON: [[reason, ids], ...]; with null when
-- it has to be called again alone. A repetition of the last call of a client is answered as that was.
--
-- The bounds hold for all clients together although nobody waits for the others while there is much room: as long as all
-- the room that puts under way can need together is free, each needs only its own row. Near the bounds one puts at a time.
-- Within a transaction of the caller nothing is locked, so what others put meanwhile is not seen.
create function @.put(
  q int, c text, n bigint, max_items bigint, max_bytes bigint, policy text, within_ms bigint, kept bigint,
  meta json, bodies bytea, alone boolean, inside boolean, out answer text, out gone text
) language plpgsql set enable_seqscan = off as $$
declare
  t bigint := @.ms();
  before record;
  held record;
  ids text[];
  sizes int[];
  levels int[];
  st text[];
  fresh bigint;
  fresh_bytes bigint;
  drops jsonb := '[]';
  evicted text[] := '{}';
  evicted_bytes bigint := 0;
  old_ids bigint := 0;
  new_ids bigint := 0;
  put_items bigint;
  put_bytes bigint;
  put_delayed bigint;
begin
  gone := '[]';
  if not inside then
    if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;
    insert into @.account (queue, client, kind, at) values (q, c, 0, t) on conflict do nothing;
    select a.call, a.answer, a.gone into before from @.account a where a.queue = q and a.client = c and a.kind = 0 for update;
    if before.call = n then
      answer := before.answer;
      gone := coalesce(before.gone, gone);
      return;
    end if;
  end if;

  select array_agg(x.id order by i), array_agg(x.bytes order by i), array_agg(x.level order by i),
    array_agg(case when x.twin or (x.known and k.at > t - within_ms) then 'u' else 's' end order by i)
  into ids, sizes, levels, st
  from rows from (json_to_recordset(meta) as (id text, bytes int, level int, known boolean, twin boolean)) with ordinality
    as x (id, bytes, level, known, twin, i)
  left join @.known k on k.queue = q and k.id = x.id;
  select count(*), coalesce(sum(u.size), 0) into fresh, fresh_bytes from unnest(st, sizes) u (s, size) where u.s = 's';

  if fresh > 0 then
    if not inside and not alone then
      select sum(a.items) as items, sum(a.bytes) as bytes, count(*) filter (where a.kind = 0) as puts
        into held from @.account a where a.queue = q;
      alone := fresh > 1000 or fresh_bytes > 4194304 or held.items + (held.puts + 1) * 1000 > max_items
        or held.bytes + (held.puts + 1) * 4194304 > max_bytes;
      if not alone then perform pg_advisory_xact_lock_shared(hashtext('@'), q); end if;
    end if;
    if alone and not inside then perform pg_advisory_xact_lock(hashtext('@'), q); end if;
    select coalesce(sum(a.items), 0) as items, coalesce(sum(a.bytes), 0) as bytes, count(*) filter (where a.kind = 0) as puts
      into held from @.account a where a.queue = q;
    if not inside and not alone and (held.items + (held.puts + 1) * 1000 > max_items
      or held.bytes + (held.puts + 1) * 4194304 > max_bytes) then return; end if;

    if held.items + fresh > max_items or held.bytes + fresh_bytes > max_bytes then
      evicted := @.tend(q, c, 0);
      if array_length(evicted, 1) > 0 then
        drops := jsonb_build_array(jsonb_build_array('expired', evicted));
        evicted := '{}';
        select coalesce(sum(a.items), 0) as items, coalesce(sum(a.bytes), 0) as bytes into held
          from @.account a where a.queue = q;
      end if;
    end if;
    if held.items + fresh > max_items or held.bytes + fresh_bytes > max_bytes then
      if policy not like 'drop-%' then
        answer := replace(array_to_string(st, ''), 's', 'f');
        gone := drops::text;
        update @.account a set call = n, answer = put.answer, gone = nullif(put.gone, '[]'), waits = t + 30000
          where not inside and a.queue = q and a.client = c and a.kind = 0;
        return;
      end if;
      select m.st, m.evicted, m.evicted_bytes into st, evicted, evicted_bytes
        from @.make_room(q, policy, max_items, max_bytes, held.items::bigint, held.bytes::bigint, st, sizes, levels) m;
    end if;
  end if;

  if within_ms > 0 and 's' = any (st) then
    -- Of two that put one id at once the second waits here, and finds that it is known.
    with x as (
      select z.id, z.i from rows from (json_to_recordset(meta) as (id text, known boolean)) with ordinality as z (id, known, i)
      where z.known and st[z.i] = 's' order by z.id
    ), k as (
      insert into @.known as k (queue, id, at) select q, x.id, t from x order by x.id
      on conflict (queue, id) do update set at = excluded.at, n = default where k.at <= t - within_ms
      returning k.id, (xmax = 0) as is_new
    ), late as (
      select x.i from x left join k on k.id = x.id where k.id is null
    )
    select (select count(*) from k where k.is_new),
      (select array_agg(case when late.i is null then u.s else 'u' end order by u.i)
       from unnest(st) with ordinality u (s, i) left join late on late.i = u.i)
    into new_ids, st;
    select coalesce(sum(a.ids), 0) + new_ids - kept into old_ids from @.account a where a.queue = q;
    if old_ids > 0 then
      with d as (
        select o.id from @.known o where o.queue = q order by o.n limit old_ids for update skip locked
      ), g as (
        delete from @.known o using d where o.queue = q and o.id = d.id returning 1
      )
      select new_ids - count(*) into new_ids from g;
    end if;
  end if;

  with x as (
    select z.* from rows from (json_to_recordset(meta) as
      (id text, key text, level int, bytes int, delay bigint, ttl bigint, headers text, at bigint, size int)) with ordinality
      as z (id, key, level, bytes, delay, ttl, headers, at, size, i)
    where st[z.i] = 's'
  ), p as (
    insert into @.message (queue, id, key, level, state, bytes, due, enqueued, expires, headers, body)
    select q, x.id, x.key, x.level, case when x.delay > 0 then 1 else 0 end, x.bytes, t + x.delay, t,
      case when x.ttl is null then 0 else t + x.ttl end, x.headers, substring(bodies from x.at::int + 1 for x.size)
    from x order by x.i
    returning bytes, state
  )
  select count(*), coalesce(sum(p.bytes), 0), count(*) filter (where p.state = 1) into put_items, put_bytes, put_delayed from p;

  answer := array_to_string(st, '');
  if array_length(evicted, 1) > 0 then
    drops := drops || jsonb_build_array(
      jsonb_build_array(case policy when 'drop-lowest' then 'lowest' else 'oldest' end, evicted));
  end if;
  gone := drops::text;
  if put_items > 0 or array_length(evicted, 1) > 0 or new_ids <> 0 then
    perform @.book(q, c, 0, put_items - coalesce(array_length(evicted, 1), 0), put_bytes - evicted_bytes, 0, put_delayed, 0, new_ids);
    if put_items > 0 then perform @.tell(q, c, 1); end if;
  end if;
  if not inside then
    update @.account a set call = n, answer = put.answer, gone = nullif(put.gone, '[]'), waits = 0
      where a.queue = q and a.client = c and a.kind = 0;
  end if;
end $$;
