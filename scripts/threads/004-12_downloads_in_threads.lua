-- Example 004-12: three downloads at once, in a thread each.
-- Look at: the total is that of the longest, 6 delays instead of 14.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

-- How many delays each one takes. The document draws them by lot; these are the ones it printed.
local files = {
  { name = "Python, from novice to hospital.pdf", size = 5 },
  { name = "MySQL, from dropping tables to fleeing.avi", size = 3 },
  { name = "Linux, from mastery to giving up.mp4", size = 6 },
}

local function download(file)
  local start = time.monotonic()
  print("downloading " .. file.name)
  time.sleep(DELAY * file.size)
  print(file.name .. " is complete")
  print(("it took %.3f s"):format(time.monotonic() - start))
end

local start = time.monotonic()
local threads = {}
for i, file in ipairs(files) do
  threads[i] = thread.Thread { target = download, kwargs = file }
end
for _, t in ipairs(threads) do t:start() end
for _, t in ipairs(threads) do t:join() end
print(("total: %.3f s"):format(time.monotonic() - start))
