-- Example 004-11: three downloads, one after the other.
-- Look at: the total is the sum of the three, 14 delays.

local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

-- How many delays each one takes. The document draws them by lot; these are the ones it printed.
local files = {
  { name = "Python, from novice to hospital.pdf", size = 3 },
  { name = "MySQL, from dropping tables to fleeing.avi", size = 5 },
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
for _, file in ipairs(files) do download(file) end
print(("total: %.3f s"):format(time.monotonic() - start))
