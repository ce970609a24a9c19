-- Makes room by a drop policy, item by item, as the other stores do: of what is ready, then of the same put.
create function @.make_room(
  q int, policy text, max_items bigint, max_bytes bigint, items bigint, bytes bigint, inout st text[], sizes int[],
  levels int[], out evicted text[], out evicted_bytes bigint
) language plpgsql set enable_seqscan = off as $$
declare
  -- Per level the last one that went: what is behind it was looked at.
  past bigint[] := '{0, 0, 0, 0}';
  victim_seq bigint;
  victim_id text;
  victim_bytes int;
  other int;
  worst int;
begin
  evicted := '{}';
  evicted_bytes := 0;
  for i in 1 .. array_length(st, 1) loop
    continue when st[i] <> 's';
    while (items + 1 > max_items or bytes + sizes[i] > max_bytes) and sizes[i] <= max_bytes loop
      other := null;
      victim_seq := null;
      worst := null;
      if policy <> 'drop-newest' then
        select f.seq, f.id, f.bytes, l into victim_seq, victim_id, victim_bytes, worst from generate_series(0, 3) l, lateral (
          select m.seq, m.id, m.bytes from @.message m
          where m.queue = q and m.state = 0 and m.level = l and m.seq > past[l + 1] order by m.seq limit 1 for update skip locked
        ) f order by case when policy = 'drop-lowest' then -l else f.seq end limit 1;
      end if;
      if policy = 'drop-oldest' and victim_seq is null then
        select min(u.n) into other from unnest(st) with ordinality u (s, n) where u.n < i and u.s = 's';
      elsif policy = 'drop-lowest' then
        select u.n into other from unnest(st, levels) with ordinality u (s, l, n)
          where u.n < i and u.s = 's' and u.l > levels[i] and u.l >= coalesce(worst, -1) order by u.l desc, u.n limit 1;
        if other is null and coalesce(worst, -1) <= levels[i] then exit; end if;
      end if;
      if other is not null then
        st[other] := 'd';
        items := items - 1;
        bytes := bytes - sizes[other];
      elsif victim_seq is not null then
        delete from @.message m where m.queue = q and m.seq = victim_seq;
        past[worst + 1] := victim_seq;
        evicted := evicted || victim_id;
        evicted_bytes := evicted_bytes + victim_bytes;
        items := items - 1;
        bytes := bytes - victim_bytes;
      else
        exit;
      end if;
    end loop;
    if items + 1 > max_items or bytes + sizes[i] > max_bytes then
      st[i] := 'd';
    else
      items := items + 1;
      bytes := bytes + sizes[i];
    end if;
  end loop;
end $$;
