-- A bucket of tokens that is refilled evenly (RFC 2697 §3 with one bucket). KEYS[1] is a string "tokens at", in ms of the
-- server's time. It expires when the bucket is full, which is what a missing one is.
-- ARGV: limit, per, burst, least, most, correction, mark. Answer: granted, wait, mark, now.
local limit, per, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local least, most, correction = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval = per / limit
local tokens, wentBack = burst, false
local stored = redis.call('GET', KEYS[1])
if stored then
  local left, at = string.match(stored, '^(%S+) (%S+)$')
  -- when the server's clock went back, it is written anew whatever is decided: else it would not be refilled until then
  wentBack = tonumber(at) > now
  tokens = math.min(burst, tonumber(left) + math.max(0, now - tonumber(at)) / interval)
end
tokens = math.min(burst, tokens - correction)

local granted, wait = 0, 0
if most > 0 then
  local need = math.min(least, burst)
  if tokens + 1e-6 >= need then
    granted = least + math.max(0, math.min(most - least, math.floor(tokens + 1e-6 - least)))
    tokens = tokens - granted
  else
    wait = (need - tokens) * interval
  end
end
if granted > 0 or correction ~= 0 or wentBack then
  local full = math.ceil((burst - tokens) * interval) + 1
  redis.call('SET', KEYS[1], string.format('%.9g %.3f', tokens, now), 'PX', full)
end
return { string.format('%.9g', granted), string.format('%.3f', wait), '0', string.format('%.3f', now) }
