-- Example 004-4: three downloads in a pool of processes.
-- Look at: the total is that of the longest, 6 delays instead of 14. The pool starts its
-- workers when there is work for them, and the end of the block waits for all of it.

local pool = require "braid.pool"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

-- How many delays each one takes. The document draws them by lot.
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
do
  local ex <close> = pool.ProcessPoolExecutor { max_workers = 4 }
  for _, file in ipairs(files) do ex:submit(download, file) end
end
print(("total: %.3f s"):format(time.monotonic() - start))
