#!lua
-- Stores messages as far as the bounds and the overflow policy allow.
-- ARGV: client, call, max items, max bytes, overflow, dedupe ms (0 none), ids kept; for each message id,
-- key, lane, bytes, delay, ttl (0 never), known (1 when its id is to be recognised), id, key and rest as JSON, body.
-- Answer: a letter each (s stored, u duplicate, d dropped, f full), and the ids that were dropped for them.
local client, call = ARGV[1], ARGV[2]
local maxItems, maxBytes, overflow = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local within, kept = tonumber(ARGV[6]), tonumber(ARGV[7])
local FIRST, WIDTH = 8, 9
local IDS = P .. 'ids'

local before = answered(client, 'put', call)
if before then
  local letters, ids = string.match(before, '^(%a*) (.*)$')
  return { letters, cjson.decode(ids) }
end
tidy()

local items, bytes = redis.call('XLEN', LOG), tonumber(redis.call('GET', P .. 'bytes') or '0')
local puts, fresh, seen = {}, {}, {}
local freshBytes = 0
for at = FIRST, #ARGV, WIDTH do
  local put = { id = ARGV[at], key = ARGV[at + 1], lane = ARGV[at + 2], bytes = tonumber(ARGV[at + 3]), at = at, status = 's' }
  put.level = tonumber(string.sub(put.lane, 1, 1))
  table.insert(puts, put)
  if ARGV[at + 6] == '1' then
    local stamp = redis.call('ZSCORE', IDS, put.id)
    if seen[put.id] or (stamp and now - tonumber(stamp) < within) then put.status = 'u' end
    seen[put.id] = true
  end
  if put.status == 's' then
    table.insert(fresh, put)
    freshBytes = freshBytes + put.bytes
  end
end

local dropped = {}
local function fits(put) return items + 1 <= maxItems and bytes + put.bytes <= maxBytes end
local function keep(put)
  items = items + 1
  bytes = bytes + put.bytes
end
local function forgo(put)
  put.status = 'd'
  items = items - 1
  bytes = bytes - put.bytes
end

-- Drops one message that is held, for one that arrives.
local function evict(level)
  local lane, seq = oldestLane(level)
  if not lane then return false end
  local m = read(seq)
  redis.call('ZREM', P .. 'ready:' .. lane, seq)
  if not m then
    missing(seq)
    leaveTurns(lane)
    return true
  end
  finish(seq, m.key, m.bytes)
  leaveTurns(lane)
  flush()
  items = items - 1
  bytes = bytes - m.bytes
  table.insert(dropped, idOf(m))
  return true
end

local function lowest()
  for level = 3, 0, -1 do
    if redis.call('EXISTS', P .. 'turns:' .. level) == 1 then return level end
  end
  return -1
end

local function firstKept(upTo)
  for i = 1, upTo do
    if fresh[i].status == 's' then return fresh[i] end
  end
end

-- The least important of the same batch, if none that is held is less so.
local function lowestKept(upTo, level)
  local victim
  for i = 1, upTo do
    local other = fresh[i]
    if other.status == 's' and other.level > (victim and victim.level or level) then victim = other end
  end
  return victim and victim.level >= lowest() and victim or nil
end

local function makeRoom(put, place)
  if overflow == 'drop-oldest' then
    if evict() then return true end
    local victim = firstKept(place - 1)
    if victim then forgo(victim) end
    return victim ~= nil
  end
  if overflow == 'drop-lowest' then
    local victim = lowestKept(place - 1, put.level)
    if victim then
      forgo(victim)
      return true
    end
    local worst = lowest()
    return worst > put.level and evict(tostring(worst))
  end
  return false
end

if string.sub(overflow, 1, 5) == 'drop-' then
  for place, put in ipairs(fresh) do
    local hasRoom = fits(put)
    while not hasRoom and put.bytes <= maxBytes and makeRoom(put, place) do hasRoom = fits(put) end
    if hasRoom then keep(put) else put.status = 'd' end
  end
elseif #fresh > 0 and (items + #fresh > maxItems or bytes + freshBytes > maxBytes) then
  for _, put in ipairs(fresh) do put.status = 'f' end
  redis.call('SET', P .. 'full', '1', 'EX', 60)
end

local letters, stored, count = {}, 0, 0
for _, put in ipairs(fresh) do
  if put.status == 's' then count = count + 1 end
end
local last = count > 0 and redis.call('INCRBY', P .. 'seq', count) - count or 0
for i, put in ipairs(puts) do
  letters[i] = put.status
  if put.status == 's' then
    local at = put.at
    local delay, ttl = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
    last = last + 1
    local seq = whole(last)
    local expires = ttl > 0 and whole(now + ttl) or '0'
    redis.call('XADD', LOG, seq .. '-0', 'k', put.key, 'p', put.lane, 's', ARGV[at + 3], 'e', whole(now), 'x', expires, 'm', ARGV[at + 7], 'b', ARGV[at + 8])
    stored = stored + put.bytes
    if delay > 0 then
      redis.call('ZADD', LATER, now + delay, seq)
      madeReady = madeReady + 1 -- who waits has to know when it is due
    else
      admit(seq, put.key, put.lane)
    end
    -- Of one batch in its order: ids that are forgotten are the oldest.
    if ARGV[at + 6] == '1' then redis.call('ZADD', IDS, string.format('%.3f', now + math.min(i, 999) / 1000), put.id) end
  end
end
if stored > 0 then redis.call('INCRBY', P .. 'bytes', stored) end
if within > 0 then
  redis.call('ZREMRANGEBYSCORE', IDS, '-inf', now - within)
  redis.call('ZREMRANGEBYRANK', IDS, 0, -kept - 1)
end
settleUp(client)
local text = table.concat(letters)
answer(client, 'put', call, text .. ' ' .. cjson.encode(dropped))
return { text, dropped }
