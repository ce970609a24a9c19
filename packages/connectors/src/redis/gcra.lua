-- The generic cell rate algorithm (ITU-T I.371 §A). KEYS[1] is a string "tat seen": the theoretical arrival time and when
-- it was written, in ms of the server's time. It expires when it would say what a missing one says.
-- ARGV: limit, per, burst, least, most, correction, mark. Answer: granted, wait, mark, now.
local limit, per, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local least, most, correction = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval = per / limit
local tat, wentBack = now, false
local stored = redis.call('GET', KEYS[1])
if stored then
  local at, seen = string.match(stored, '^(%S+) (%S+)$')
  -- when the server's clock went back, what has been taken goes with it, and is written anew: else it would never fade
  wentBack = tonumber(seen) > now
  tat = math.max(now, tonumber(at) - math.max(0, tonumber(seen) - now))
end
tat = math.max(now, tat + correction * interval)

local granted, wait = 0, 0
if most > 0 then
  local room = burst - (tat - now) / interval
  local need = math.min(least, burst)
  if room + 1e-6 >= need then
    granted = least + math.max(0, math.min(most - least, math.floor(room + 1e-6 - least)))
    tat = tat + granted * interval
  else
    wait = (need - room) * interval
  end
end
if granted > 0 or correction ~= 0 or wentBack then
  redis.call('SET', KEYS[1], string.format('%.3f %.3f', tat, now), 'PX', math.ceil(tat - now) + 1)
end
return { string.format('%.9g', granted), string.format('%.3f', wait), '0', string.format('%.3f', now) }
