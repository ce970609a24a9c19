#!lua flags=allow-oom
-- Moves the end of leases. ARGV: ms; for each number, owner. Answer: a digit each, 0 for one that was lost.
local ms = tonumber(ARGV[1])
local digits = {}
for at = 2, #ARGV, 2 do
  local isHeld = redis.call('HGET', OWNERS, ARGV[at]) == ARGV[at + 1]
  if isHeld then redis.call('ZADD', LEASES, now + ms, ARGV[at]) end
  table.insert(digits, isHeld and '1' or '0')
end
return table.concat(digits)
