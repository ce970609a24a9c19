-- One queue. KEYS[1] is what all its keys begin with; its braces keep them on one node of a cluster.
--   log      stream: every message until it has ended, under its number; k key, p lane, s bytes, e put at, x expires at
--            (0 never), m id, key and the rest as a JSON list, b body
--   ready:L  sorted set of a lane ("level:turn"): numbers that may be taken, in the order of puts
--   lanes    set of lanes that hold something; turns:N list of those of level N, whose turn comes in this order
--   leases   sorted set: number -> end of the lease; owners hash: number -> whose it is
--   later    sorted set: number -> when it is due; dead sorted set: number -> order of death
--   fates    hash: number -> JSON of what has happened: n failed attempts, h their history, f kept for ever
--   busy     hash: key -> number that is out, in line or waits for its retry; key:K sorted set of those behind it;
--            waits set of keys that have some
--   attempts how many the consumers allow, of the one who took last: who only looks or puts has no say in it
--   ids      sorted set: id -> put at; seq, bytes counters; lost:C messages that the calls of client C found gone; full, hungry flags of those who wait for room or messages
local P = KEYS[1]
local LOG, LEASES, OWNERS = P .. 'log', P .. 'leases', P .. 'owners'
local LATER, DEAD, FATES, BUSY = P .. 'later', P .. 'dead', P .. 'fates', P .. 'busy'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local SLICE, HISTORY, DAY = 200, 8, 86400000
local madeReady, freedBytes, freedItems, lost = 0, 0, 0, 0

local function whole(n) return string.format('%.0f', n) end

local function parse(seq, f)
  return { seq = seq, key = f[2], lane = f[4], bytes = tonumber(f[6]), at = f[8], expires = tonumber(f[10]), meta = f[12], body = f[14] }
end

local function read(seq)
  local found = redis.call('XRANGE', LOG, seq .. '-0', seq .. '-0')[1]
  return found and parse(seq, found[2])
end

local function idOf(m)
  local isJson, meta = pcall(cjson.decode, m.meta)
  return isJson and meta[1] or ''
end

-- What a client is shown of a message: four parts, of which the first is five words.
local function show(list, m, fate)
  list[#list + 1] = table.concat({ m.seq, m.at, whole(m.expires), m.lane, whole(m.bytes) }, ' ')
  list[#list + 1] = m.meta
  list[#list + 1] = m.body
  list[#list + 1] = fate or ''
end

-- Several messages at once: in one call where they follow each other, as they do when nothing has failed.
local function readAll(seqs)
  local count = #seqs
  local found = {}
  if count > 1 and tonumber(seqs[count]) - tonumber(seqs[1]) == count - 1 then
    for _, entry in ipairs(redis.call('XRANGE', LOG, seqs[1] .. '-0', seqs[count] .. '-0')) do
      local seq = string.match(entry[1], '^%d+')
      found[seq] = parse(seq, entry[2])
    end
  else
    for _, seq in ipairs(seqs) do found[seq] = read(seq) end
  end
  return found
end

local function fateOf(seq)
  local text = redis.call('HGET', FATES, seq)
  return text and cjson.decode(text) or { n = 0, h = {} }
end

-- One command with many arguments, as many at a time as Lua can pass on.
local function each(command, key, list)
  for at = 1, #list, 1000 do redis.call(command, key, unpack(list, at, math.min(#list, at + 999))) end
end

-- Gets in line when `flush` is called: those of one lane together.
local lines = {}

local function enqueue(seq, lane)
  local line = lines[lane]
  if not line then
    line = {}
    lines[lane] = line
  end
  line[#line + 1] = seq
  line[#line + 1] = seq
  madeReady = madeReady + 1
end

local function flush()
  for lane, line in pairs(lines) do
    each('ZADD', P .. 'ready:' .. lane, line)
    if redis.call('SADD', P .. 'lanes', lane) == 1 then
      redis.call('RPUSH', P .. 'turns:' .. string.sub(lane, 1, 1), lane)
    end
  end
  lines = {}
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

-- What is due gets in line; leases that nobody ended are over. Where there are leases, somebody has taken.
local function tidy()
  local most = tonumber(redis.call('GET', P .. 'attempts') or '1000000')
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
  flush()
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

-- Tells those who wait; keeps the account of bytes, and of what the calls of this client found gone.
local function settleUp(client)
  flush()
  if freedBytes > 0 then redis.call('DECRBY', P .. 'bytes', freedBytes) end
  if lost > 0 then
    redis.call('INCRBY', P .. 'lost:' .. client, lost)
    redis.call('PEXPIRE', P .. 'lost:' .. client, DAY)
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
