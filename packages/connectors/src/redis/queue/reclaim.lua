#!lua flags=allow-oom
-- After a broken connection: gives back what was leased to a client in an answer that it never got.
-- ARGV: client; the numbers that it has.
local has = {}
for at = 2, #ARGV do has[ARGV[at]] = true end
local prefix = ARGV[1] .. ':'
for _, seq in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
  local owner = redis.call('HGET', OWNERS, seq)
  if owner and not has[seq] and string.sub(owner, 1, #prefix) == prefix then
    unlease(seq)
    local m = read(seq)
    if m then enqueue(seq, m.lane) else missing(seq) end
  end
end
settleUp(ARGV[1])
return 1
