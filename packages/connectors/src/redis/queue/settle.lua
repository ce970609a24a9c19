#!lua flags=allow-oom
-- Ends deliveries. ARGV: client, call, max attempts; for each "number owner lane bytes how delay" (how: ack, retry, dead,
-- release), key, reason. Answer: a digit each, 0 for one whose lease was lost.
local client, call, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST, WIDTH = 4, 3
local before = answered(client, 'settle', call)
if before then return before end

-- What ends well and has no key, which is most, goes together.
local acked, entries = {}, {}
local heads, seqs, digits = {}, {}, {}
for at = FIRST, #ARGV, WIDTH do
  local seq, owner, lane, bytes, how, delay = string.match(ARGV[at], '^(%d+) (%S+) (%S+) (%d+) (%a+) (%d+)$')
  heads[#heads + 1] = { seq = seq, owner = owner, lane = lane, bytes = tonumber(bytes), how = how, delay = tonumber(delay) }
  seqs[#seqs + 1] = seq
end
local owners = {}
for at = 1, #seqs, 1000 do
  for _, owner in ipairs(redis.call('HMGET', OWNERS, unpack(seqs, at, math.min(#seqs, at + 999)))) do
    owners[#owners + 1] = owner
  end
end

for i, head in ipairs(heads) do
  local seq, lane, how = head.seq, head.lane, head.how
  local key = ARGV[FIRST + (i - 1) * WIDTH + 1]
  if owners[i] ~= head.owner then
    table.insert(digits, '0')
  else
    table.insert(digits, '1')
    if how == 'ack' and key == '' then
      acked[#acked + 1] = seq
      entries[#entries + 1] = seq .. '-0'
      freedBytes = freedBytes + head.bytes
    elseif how == 'ack' then
      unlease(seq)
      finish(seq, key, head.bytes)
    elseif how == 'release' then
      unlease(seq)
      if redis.call('HEXISTS', FATES, seq) == 0 then remember(seq, { n = 0, h = {} }) end
      enqueue(seq, lane)
    else
      unlease(seq)
      fail(seq, key, lane, ARGV[FIRST + (i - 1) * WIDTH + 2], head.delay, how == 'dead', most)
      madeReady = madeReady + 1 -- who waits has to know when it is due
    end
  end
end
freedItems = freedItems + #acked
each('ZREM', LEASES, acked)
each('HDEL', OWNERS, acked)
each('HDEL', FATES, acked)
each('XDEL', LOG, entries)
settleUp(client)
local text = table.concat(digits)
answer(client, 'settle', call, text)
return text
