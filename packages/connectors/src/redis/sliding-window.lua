-- Two windows, the older weighted by how much of it the last per still covers (J. Desgats, Cloudflare, 2017). KEYS[1] is a
-- string "previous current start" in ms of the server's time, and expires when nothing is counted any more.
-- ARGV: limit, per, burst, least, most, correction, mark. Answer: granted, wait, mark, now.
local limit, per = tonumber(ARGV[1]), tonumber(ARGV[2])
local least, most, correction, mark = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local previous, current, start, wentBack = 0, 0, now, false
local stored = redis.call('GET', KEYS[1])
if stored then
  local p, c, from = string.match(stored, '^(%S+) (%S+) (%S+)$')
  -- when the server's clock went back, the window is written anew whatever is decided: else it would always begin now
  wentBack = tonumber(from) > now
  previous, current, start = tonumber(p), tonumber(c), math.min(now, tonumber(from))
  local over = math.floor((now - start) / per)
  if over >= 1 then
    local owed = current - (over - 1) * limit
    previous = math.min(limit, math.max(0, owed))
    current = math.max(0, owed - limit)
    start = start + over * per
  end
end
if correction > 0 or math.abs(mark - start) < 0.01 then
  current = math.max(0, current + correction)
elseif correction < 0 and math.abs(mark - (start - per)) < 0.01 then
  previous = math.max(0, previous + correction)
end

-- how far into a window the weight of the one before has fallen to room
local function weighs(before, room)
  if before <= room then return 0 end
  return per * (1 - room / before)
end

local granted, wait = 0, 0
if most > 0 then
  local need = math.min(least, limit)
  local weighted = previous * math.max(0, 1 - (now - start) / per) + current
  if weighted + need <= limit + 1e-9 then
    granted = least + math.max(0, math.min(most - least, math.floor(limit - weighted - least + 1e-9)))
    current = current + granted
  else
    local later = math.max(1, math.ceil((current + need) / limit - 1))
    local owed = current - (later - 1) * limit
    wait = later * per + weighs(math.min(limit, owed), limit - math.max(0, owed - limit) - need)
    if current + need <= limit then wait = math.min(wait, weighs(previous, limit - current - need)) end
    wait = start + wait - now
  end
end
if granted > 0 or correction ~= 0 or wentBack then
  local left = start + (1 + math.max(1, math.ceil(current / limit))) * per - now
  redis.call('SET', KEYS[1], string.format('%.9g %.9g %.3f', previous, current, start), 'PX', math.ceil(left) + 1)
end
local from = string.format('%.3f', start)
return { string.format('%.9g', granted), string.format('%.3f', wait), from, string.format('%.3f', now) }
