-- Example 000-2: four names and two workers.
-- Look at: two threads greet two names each, so that the whole takes two delays. The document asks
-- for the results when its pool has ended; here each comes as soon as it is there.

local pool = require "braid.pool"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function say_hello(name)
  print(("%s says hello to %s"):format(thread.current_thread().name, name))
  time.sleep(DELAY)
  return name
end

local me = thread.current_thread().name
local start = time.monotonic()
do
  local ex <close> = pool.ThreadPoolExecutor(2)
  local futures = {}
  for i, name in ipairs { "admin", "root", "scott", "tiger" } do
    futures[i] = ex:submit(say_hello, name)
  end
  for future in pool.as_completed(futures) do
    local name = future:result()
    print(("%s got the result %s after %.3f s"):format(me, name, time.monotonic() - start))
  end
end
print(("%s: %.3f s"):format(me, time.monotonic() - start))
