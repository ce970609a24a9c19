-- One queue. KEYS[1] is what all its keys begin with; its braces keep them on one node of a cluster.
--   log      stream: every message until it has ended, under its number; i id, k key, p lane, s bytes, e put at, x
--            expires at (0 never), m the rest as JSON, b body
--   ready:L  sorted set of a lane ("level:turn"): numbers that may be taken, in the order of puts
--   lanes    set of lanes that hold something; turns:N list of those of level N, whose turn comes in this order
--   leases   sorted set: number -> end of the lease; owners hash: number -> whose it is
--   later    sorted set: number -> when it is due; dead sorted set: number -> order of death
--   fates    hash: number -> JSON of what has happened: n failed attempts, h their history, f kept for ever
--   busy     hash: key -> number that is out, in line or waits for its retry; key:K sorted set of those behind it;
--            waits set of keys that have some
--   ids      sorted set: id -> put at; seq, bytes, lost counters; full, hungry flags of those who wait for room or messages
local P = KEYS[1]
local LOG, LEASES, OWNERS = P .. 'log', P .. 'leases', P .. 'owners'
local LATER, DEAD, FATES, BUSY = P .. 'later', P .. 'dead', P .. 'fates', P .. 'busy'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local SLICE, HISTORY = 200, 8
local madeReady, freedBytes, freedItems, lost = 0, 0, 0, 0

local function whole(n) return string.format('%.0f', n) end

local function read(seq)
  local found = redis.call('XRANGE', LOG, seq .. '-0', seq .. '-0')[1]
  if not found then return nil end
  local f = found[2]
  return { seq = seq, id = f[2], key = f[4], lane = f[6], bytes = tonumber(f[8]), at = f[10], expires = tonumber(f[12]), rest = f[14], body = f[16] }
end

local function fateOf(seq)
  local text = redis.call('HGET', FATES, seq)
  return text and cjson.decode(text) or { n = 0, h = {} }
end

local function enqueue(seq, lane)
  redis.call('ZADD', P .. 'ready:' .. lane, seq, seq)
  if redis.call('SADD', P .. 'lanes', lane) == 1 then
    redis.call('RPUSH', P .. 'turns:' .. string.sub(lane, 1, 1), lane)
  end
  madeReady = madeReady + 1
end

local function leaveTurns(lane)
  if redis.call('EXISTS', P .. 'ready:' .. lane) == 1 then return false end
  redis.call('SREM', P .. 'lanes', lane)
  redis.call('LREM', P .. 'turns:' .. string.sub(lane, 1, 1), 1, lane)
  return true
end

-- Puts a message in line, or behind the one of its key that is there already.
local function admit(seq, key, lane)
  if key ~= '' then
    local holder = redis.call('HGET', BUSY, key)
    if holder and holder ~= seq then
      redis.call('ZADD', P .. 'key:' .. key, seq, seq)
      redis.call('SADD', P .. 'waits', key)
      return
    end
    redis.call('HSET', BUSY, key, seq)
  end
  enqueue(seq, lane)
end

local function forget(seq)
  lost = lost + 1
  redis.call('HDEL', FATES, seq)
end

-- The message of this key has ended: the next one gets in line, at its old place.
local function freeKey(seq, key)
  if key == '' or redis.call('HGET', BUSY, key) ~= seq then return end
  local behind = P .. 'key:' .. key
  local following, m
  repeat
    following = redis.call('ZPOPMIN', behind)[1]
    m = following and read(following)
    if following and not m then forget(following) end
  until m or not following
  if redis.call('EXISTS', behind) == 0 then redis.call('SREM', P .. 'waits', key) end
  if not m then
    redis.call('HDEL', BUSY, key)
    return
  end
  redis.call('HSET', BUSY, key, following)
  enqueue(following, m.lane)
end

-- Somebody took a message out of the stream by hand: what is left of it goes. Its key was part of it.
local function missing(seq)
  forget(seq)
  local keys = redis.call('HGETALL', BUSY)
  for i = 1, #keys, 2 do
    if keys[i + 1] == seq then freeKey(seq, keys[i]) end
  end
end

-- A message is no more.
local function finish(seq, key, bytes)
  redis.call('XDEL', LOG, seq .. '-0')
  redis.call('HDEL', FATES, seq)
  freedItems = freedItems + 1
  freedBytes = freedBytes + bytes
  freeKey(seq, key)
end

local function unlease(seq)
  redis.call('ZREM', LEASES, seq)
  redis.call('HDEL', OWNERS, seq)
end

local function remember(seq, fate) redis.call('HSET', FATES, seq, cjson.encode(fate)) end

-- One more attempt has failed: it is due again after `delay`, or dead.
local function fail(seq, key, lane, reason, delay, isOver, most)
  local fate = fateOf(seq)
  fate.n = fate.n + 1
  table.insert(fate.h, { fate.n, now, reason })
  if #fate.h > HISTORY then table.remove(fate.h, 1) end
  remember(seq, fate)
  if isOver or fate.n >= most then
    redis.call('ZADD', DEAD, redis.call('INCR', P .. 'deaths'), seq)
    freeKey(seq, key)
  elseif delay > 0 then
    redis.call('ZADD', LATER, now + delay, seq)
  else
    enqueue(seq, lane)
  end
end

-- What is due gets in line; leases that nobody ended are over.
local function tidy(most)
  for _, seq in ipairs(redis.call('ZRANGEBYSCORE', LATER, '-inf', now, 'LIMIT', 0, SLICE)) do
    redis.call('ZREM', LATER, seq)
    local m = read(seq)
    if m then admit(seq, m.key, m.lane) else missing(seq) end
  end
  for _, seq in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now, 'LIMIT', 0, SLICE)) do
    unlease(seq)
    local m = read(seq)
    if m then fail(seq, m.key, m.lane, 'the lease ended before the work did', 0, false, most) else missing(seq) end
  end
end

-- The lane whose first message was put first; of one level if it is given.
local function oldestLane(level)
  local lane, least
  for _, candidate in ipairs(redis.call('SMEMBERS', P .. 'lanes')) do
    if not level or string.sub(candidate, 1, 1) == level then
      local head = tonumber(redis.call('ZRANGE', P .. 'ready:' .. candidate, 0, 0)[1])
      if head and (not least or head < least) then lane, least = candidate, head end
    end
  end
  return lane, least and whole(least)
end

-- Tells those who wait; keeps the account of bytes.
local function settleUp()
  if freedBytes > 0 then redis.call('DECRBY', P .. 'bytes', freedBytes) end
  if lost > 0 then
    redis.call('INCRBY', P .. 'lost', lost)
    freedItems = freedItems + lost
  end
  -- How large the lost ones were nobody knows: their bytes are given back when nothing else is held.
  if freedItems > 0 and redis.call('XLEN', LOG) == 0 then redis.call('DEL', P .. 'bytes') end
  if freedItems > 0 and redis.call('DEL', P .. 'full') == 1 then redis.call('PUBLISH', P .. 'wake', 'room') end
  if madeReady > 0 and redis.call('DEL', P .. 'hungry') == 1 then redis.call('PUBLISH', P .. 'wake', 'ready') end
end

-- What a call answered, if it was made before: its answer was lost.
local function answered(client, kind, call)
  local before = redis.call('GET', P .. 'call:' .. client .. ':' .. kind)
  if not before then return nil end
  local number, answer = string.match(before, '^(%d+) (.*)$')
  return number == call and answer or nil
end

local function answer(client, kind, call, text)
  redis.call('SET', P .. 'call:' .. client .. ':' .. kind, call .. ' ' .. text, 'PX', 3600000)
end
