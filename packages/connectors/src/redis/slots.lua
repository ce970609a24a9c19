-- A limit that several processes share. KEYS[1] is a hash: owner -> "slots until", in ms of the server's time. A process
-- says what it holds, which is taken as true, and what it would like besides; those that are silent are forgotten.
-- ARGV: limit, owner, held, most, ttl. Answer: granted, now.
local limit, owner = tonumber(ARGV[1]), ARGV[2]
local held, most, ttl = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local others = 0
local known = redis.call('HGETALL', KEYS[1])
for i = 1, #known, 2 do
  if known[i] ~= owner then
    local slots, till = string.match(known[i + 1], '^(%S+) (%S+)$')
    -- no lease is longer than it was given: a clock of the server that went back must not keep the dead alive
    if tonumber(till) <= now or tonumber(till) > now + 10 * ttl then
      redis.call('HDEL', KEYS[1], known[i])
    else
      others = others + tonumber(slots)
    end
  end
end
local granted = math.max(0, math.min(most, math.floor(limit - others - held)))
if held + granted > 0 then
  redis.call('HSET', KEYS[1], owner, string.format('%d %.3f', held + granted, now + ttl))
  redis.call('PEXPIRE', KEYS[1], math.ceil(ttl) + 1)
else
  redis.call('HDEL', KEYS[1], owner)
end
return { string.format('%d', granted), string.format('%.3f', now) }
