#!lua flags=allow-oom
-- Puts dead letters back in line, attempts forgotten, never to expire. ARGV: client, their numbers. Answer: how many.
local count = 0
for at = 2, #ARGV do
  local seq = ARGV[at]
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
settleUp(ARGV[1])
return count
