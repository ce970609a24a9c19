#!lua flags=no-writes
-- Looks at messages where they are. ARGV: state, how many, where to begin: for ready the number, else the rank.
-- Answer: where to go on (-1 at the end), then four parts of each message.
local state, most, from = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local CAP = 4194304
local seen, size, count = {}, 0, 0

local function see(m)
  size = size + m.bytes
  count = count + 1
  show(seen, m, redis.call('HGET', FATES, m.seq))
end

local following = -1
if state == 'ready' then
  local found = redis.call('XRANGE', LOG, whole(from) .. '-0', '+', 'COUNT', 50)
  for _, entry in ipairs(found) do
    local seq = string.match(entry[1], '^%d+')
    following = tonumber(seq)
    if count >= most or size >= CAP then break end
    following = following + 1
    if not (redis.call('ZSCORE', LEASES, seq) or redis.call('ZSCORE', LATER, seq) or redis.call('ZSCORE', DEAD, seq)) then
      see(read(seq))
    end
  end
  if #found == 0 then following = -1 end
else
  local index = ({ leased = LEASES, delayed = LATER, dead = DEAD })[state]
  local ranked = redis.call('ZRANGE', index, from, from + 49)
  for i, seq in ipairs(ranked) do
    following = from + i - 1
    if count >= most or size >= CAP then break end
    following = from + i
    local m = read(seq)
    if m then see(m) end
  end
  if #ranked == 0 then following = -1 end
end
return { whole(following), seen }
