-- Example 003-2: a pool of threads and a list that they share.
-- Look at: the main thread does not wait, and finds the list empty; the document concludes that it
-- is not shared. It is: when the pool has ended both items are there. A plain table would have been
-- copied, so what threads share they say: shared.Table.

local pool = require "braid.pool"
local shared = require "braid.shared"
local thread = require "braid.thread"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 1

local function show(title, list)
  print(("%s: {%s}"):format(title, table.concat(list:tolist(), ", ")))
end

local function work(name, list)
  print(("%s starts in %s"):format(name, thread.current_thread().name))
  time.sleep(DELAY)
  list:append(name)
  print(name .. " ends")
end

print("main is in " .. thread.current_thread().name)
local start = time.monotonic()
local list = shared.Table()
show("list at first", list)

local ex = pool.ThreadPoolExecutor(2)
ex:submit(work, "foo", list)
ex:submit(work, "bar", list)
show("list when both are submitted", list)
print(("running time: %.3f"):format(time.monotonic() - start))

ex:shutdown()
show("list when both have ended", list)
print(("running time: %.3f"):format(time.monotonic() - start))
