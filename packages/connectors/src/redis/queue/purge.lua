#!lua flags=allow-oom
-- Removes up to 500 messages. ARGV: state, client. Answer: how many; 0 when none is left.
local LIMIT = 500
local count = 0

local function remove(seq)
  local m = read(seq)
  if not m then return missing(seq) end
  count = count + 1
  finish(seq, m.key, m.bytes)
end

local function empty(index)
  while count < LIMIT do
    local seq = redis.call('ZPOPMIN', index)[1]
    if not seq then return end
    remove(seq)
  end
end

if ARGV[1] == 'dead' then
  empty(DEAD)
else
  tidy()
  for _, key in ipairs(redis.call('SRANDMEMBER', P .. 'waits', LIMIT)) do
    empty(P .. 'key:' .. key)
    if redis.call('EXISTS', P .. 'key:' .. key) == 0 then redis.call('SREM', P .. 'waits', key) end
  end
  empty(LATER)
  for _, lane in ipairs(redis.call('SMEMBERS', P .. 'lanes')) do
    empty(P .. 'ready:' .. lane)
    leaveTurns(lane)
  end
end
settleUp(ARGV[2])
return count
