#!lua flags=allow-oom
-- Puts dead letters back in line, attempts forgotten, never to expire. ARGV: their numbers. Answer: how many.
local count = 0
for _, seq in ipairs(ARGV) do
  local isDead = redis.call('ZREM', DEAD, seq) == 1
  local m = isDead and read(seq)
  if isDead and not m then missing(seq) end
  if m then
    local fate = fateOf(seq)
    fate.n = 0
    fate.f = 1
    remember(seq, fate)
    admit(seq, m.key, m.lane)
    count = count + 1
  end
end
settleUp()
return count
