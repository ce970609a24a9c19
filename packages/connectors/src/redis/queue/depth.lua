#!lua flags=allow-oom
-- What the queue holds. ARGV: client. Answer: ready, leased, delayed, dead, bytes, age of the oldest in line, ms,
-- messages that somebody took out of the stream by hand, as far as calls of this client found that they are gone.
local LOST = P .. 'lost:' .. ARGV[1]
tidy()
settleUp(ARGV[1])
local leased, delayed, dead = redis.call('ZCARD', LEASES), redis.call('ZCARD', LATER), redis.call('ZCARD', DEAD)
local ready = redis.call('XLEN', LOG) - leased - delayed - dead
local _, seq = oldestLane()
local oldest = seq and read(seq)
local age = oldest and now - tonumber(oldest.at) or 0
local bytes, gone = redis.call('GET', P .. 'bytes') or '0', redis.call('GET', LOST) or '0'
if gone ~= '0' then redis.call('PEXPIRE', LOST, DAY) end
return { math.max(0, ready), leased, delayed, dead, tonumber(bytes), math.max(0, age), tonumber(gone) }
