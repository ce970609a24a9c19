#!lua flags=allow-oom
-- Leases messages that are ready, the most important level first, lanes of a level in turn.
-- ARGV: client, call, max attempts, how many, lease ms, bytes after which it stops.
-- Answer: ms until something is due (-1 never), ids that had expired, then for each message number, id, key, lane,
-- bytes, put at, expires at, rest, body, fate ('' none).
local client, call, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local want, lease, cap = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
tidy(most)

local taken, expired = {}, {}
local count, size = 0, 0

local function take(seq, lane)
  local m = read(seq)
  if not m then return missing(seq) end
  local text = redis.call('HGET', FATES, seq)
  if m.expires > 0 and m.expires <= now and not (text and cjson.decode(text).f) then
    finish(seq, m.key, m.bytes)
    table.insert(expired, m.id)
    return
  end
  redis.call('ZADD', LEASES, now + lease, seq)
  redis.call('HSET', OWNERS, seq, client .. ':' .. call)
  count = count + 1
  size = size + m.bytes
  for _, part in ipairs({ seq, m.id, m.key, lane, whole(m.bytes), m.at, whole(m.expires), m.rest, m.body, text or '' }) do
    table.insert(taken, part)
  end
end

for level = 0, 3 do
  local turns = P .. 'turns:' .. level
  while count < want and size < cap do
    local lane = redis.call('LINDEX', turns, 0)
    if not lane then break end
    local isAlone = redis.call('LLEN', turns) == 1
    local ready = P .. 'ready:' .. lane
    local popped = redis.call('ZPOPMIN', ready, isAlone and math.min(want - count, 100) or 1)
    for i = 1, #popped, 2 do
      if size < cap then take(popped[i], lane) else redis.call('ZADD', ready, popped[i], popped[i]) end
    end
    if not leaveTurns(lane) and not isAlone then redis.call('LMOVE', turns, turns, 'LEFT', 'RIGHT') end
  end
end

-- Whoever comes away with less is told of the next put. A flag that this script raises is not for what it did itself.
settleUp()
if count < want then redis.call('SET', P .. 'hungry', '1', 'EX', 3600) end
local due = -1
for _, index in ipairs({ LATER, LEASES }) do
  local at = tonumber(redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
  if at and (due < 0 or at - now < due) then due = math.max(0, at - now) end
end
return { math.ceil(due), expired, taken }
