-- At most limit in each window, which begins with the first permit after the one before; around a border up to twice that
-- passes. KEYS[1] is a string "count start" in ms of the server's time, and expires when nothing is counted any more.
-- ARGV: limit, per, burst, least, most, correction, mark. Answer: granted, wait, mark, now.
local limit, per = tonumber(ARGV[1]), tonumber(ARGV[2])
local least, most, correction, mark = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local count, start, wentBack = 0, now, false
local stored = redis.call('GET', KEYS[1])
if stored then
  local counted, from = string.match(stored, '^(%S+) (%S+)$')
  -- when the server's clock went back, the window is written anew whatever is decided: else it would always begin now
  wentBack = tonumber(from) > now
  count, start = tonumber(counted), math.min(now, tonumber(from))
  local over = math.floor((now - start) / per)
  if over >= 1 then
    count = math.max(0, count - over * limit) -- what costlier work than a window holds has left over
    start = start + over * per
  end
  if count == 0 then start = now end
end
-- what was taken in a window that is over gives nothing back to this one
if correction > 0 or math.abs(mark - start) < 0.01 then count = math.max(0, count + correction) end

local granted, wait = 0, 0
if most > 0 then
  local need = math.min(least, limit)
  if count + need <= limit + 1e-9 then
    granted = least + math.max(0, math.min(most - least, math.floor(limit - count - least + 1e-9)))
    count = count + granted
  else
    wait = start + math.ceil((count + need - limit) / limit) * per - now
  end
end
if granted > 0 or correction ~= 0 or wentBack then
  local left = start + math.max(1, math.ceil(count / limit)) * per - now
  redis.call('SET', KEYS[1], string.format('%.9g %.3f', count, start), 'PX', math.ceil(left) + 1)
end
local from = string.format('%.3f', start)
return { string.format('%.9g', granted), string.format('%.3f', wait), from, string.format('%.3f', now) }
