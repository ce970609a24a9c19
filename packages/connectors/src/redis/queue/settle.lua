#!lua flags=allow-oom
-- Ends deliveries. ARGV: client, call, max attempts; for each number, owner, key, lane, bytes, how (ack, retry, dead,
-- release), delay, reason. Answer: a digit each, 0 for one whose lease was lost.
local client, call, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = answered(client, 'settle', call)
if before then return before end

local digits = {}
for at = 4, #ARGV, 8 do
  local seq, key, lane, how = ARGV[at], ARGV[at + 2], ARGV[at + 3], ARGV[at + 5]
  if redis.call('HGET', OWNERS, seq) ~= ARGV[at + 1] then
    table.insert(digits, '0')
  else
    table.insert(digits, '1')
    unlease(seq)
    if how == 'ack' then
      finish(seq, key, tonumber(ARGV[at + 4]))
    elseif how == 'release' then
      if redis.call('HEXISTS', FATES, seq) == 0 then remember(seq, { n = 0, h = {} }) end
      enqueue(seq, lane)
    else
      fail(seq, key, lane, ARGV[at + 7], tonumber(ARGV[at + 6]), how == 'dead', most)
      madeReady = madeReady + 1 -- who waits has to know when it is due
    end
  end
end
settleUp()
local text = table.concat(digits)
answer(client, 'settle', call, text)
return text
