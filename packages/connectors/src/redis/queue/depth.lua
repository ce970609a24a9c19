#!lua flags=allow-oom
-- What the queue holds. ARGV: max attempts. Answer: ready, leased, delayed, dead, bytes, age of the oldest in line, ms.
tidy(tonumber(ARGV[1]))
settleUp()
local leased, delayed, dead = redis.call('ZCARD', LEASES), redis.call('ZCARD', LATER), redis.call('ZCARD', DEAD)
local ready = redis.call('XLEN', LOG) - leased - delayed - dead
local _, seq = oldestLane()
local age = seq and now - tonumber(read(seq).at) or 0
return { ready, leased, delayed, dead, tonumber(redis.call('GET', P .. 'bytes') or '0'), math.max(0, age) }
