-- Example 004-13: the downloads of 004-12 as a subclass of Thread.
-- Look at: a class of its own says in `run` what its threads do, and keeps in fields what they
-- need for it; the total is that of the longest, 6 delays.

local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local DownloadThread = thread.Thread:extend "DownloadThread"

function DownloadThread:init(file, size)
  thread.Thread.init(self)
  self.file = file
  self.size = size
end

function DownloadThread:run()
  local start = time.monotonic()
  print("downloading " .. self.file)
  time.sleep(DELAY * self.size)
  print(self.file .. " is complete")
  print(("it took %.3f s"):format(time.monotonic() - start))
end

-- How many delays each one takes. The document draws them by lot; these are the ones it printed.
local threads = {
  DownloadThread("Python, from novice to hospital.pdf", 5),
  DownloadThread("MySQL, from dropping tables to fleeing.avi", 3),
  DownloadThread("Linux, from mastery to giving up.mp4", 6),
}

local start = time.monotonic()
for _, t in ipairs(threads) do t:start() end
for _, t in ipairs(threads) do t:join() end
print(("total: %.3f s"):format(time.monotonic() - start))
