#!lua flags=allow-oom
-- Leases messages that are ready, the most important level first, lanes of a level in turn.
-- ARGV: client, call, max attempts, how many, lease ms, bytes after which it stops.
-- Answer: ms until something is due (-1 never), ids that had expired, then four parts of each message.
local client, call = ARGV[1], ARGV[2]
local want, lease, cap = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('GET', P .. 'attempts') ~= ARGV[3] then redis.call('SET', P .. 'attempts', ARGV[3]) end
tidy()

local taken, expired = {}, {}
local count, size = 0, 0

local leased, owned = {}, {}

local function take(seq, m)
  if not m then return missing(seq) end
  local text = redis.call('HGET', FATES, seq)
  if m.expires > 0 and m.expires <= now and not (text and cjson.decode(text).f) then
    finish(seq, m.key, m.bytes)
    table.insert(expired, idOf(m))
    return
  end
  leased[#leased + 1] = now + lease
  leased[#leased + 1] = seq
  owned[#owned + 1] = seq
  owned[#owned + 1] = client .. ':' .. call
  count = count + 1
  size = size + m.bytes
  show(taken, m, text)
end

for level = 0, 3 do
  local turns = P .. 'turns:' .. level
  while count < want and size < cap do
    local lane = redis.call('LINDEX', turns, 0)
    if not lane then break end
    local isAlone = redis.call('LLEN', turns) == 1
    local ready = P .. 'ready:' .. lane
    local popped = redis.call('ZPOPMIN', ready, isAlone and math.min(want - count, 100) or 1)
    local seqs = {}
    for i = 1, #popped, 2 do seqs[#seqs + 1] = popped[i] end
    local found = readAll(seqs)
    for _, seq in ipairs(seqs) do
      if size < cap then take(seq, found[seq]) else redis.call('ZADD', ready, seq, seq) end
    end
    if not leaveTurns(lane) and not isAlone then redis.call('LMOVE', turns, turns, 'LEFT', 'RIGHT') end
  end
end

each('ZADD', LEASES, leased)
each('HSET', OWNERS, owned)

-- Whoever comes away with less is told of the next put. A flag that this script raises is not for what it did itself.
settleUp(client)
if count < want then redis.call('SET', P .. 'hungry', '1', 'EX', 3600) end
local due = -1
for _, index in ipairs({ LATER, LEASES }) do
  local at = tonumber(redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
  if at and (due < 0 or at - now < due) then due = math.max(0, at - now) end
end
return { math.ceil(due), expired, taken }
