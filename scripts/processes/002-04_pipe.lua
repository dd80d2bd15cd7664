-- Example 002-4: a producer and a consumer, two processes with a Pipe between them.
-- Look at: integers of 8 bytes arrive in the order in which they were sent, though the consumer is
-- slower. The document's two go on for ever; here the producer ends, and the consumer reads eof.

local pipe = require "braid.pipe"
local process = require "braid.process"
local time = require "braid.time"

local DELAY = tonumber(os.getenv "BRAID_DELAY") or 0.5

local function producer(conn)
  for _ = 1, 5 do
    local data = math.random(1, 100)
    print("producer:", data)
    conn:send_bytes(string.pack("<i8", data))
    time.sleep(DELAY)
  end
end

local function consumer(conn)
  while true do
    local bytes, why = conn:recv_bytes()
    if why then return print("consumer:", why) end
    print("consumer:", (string.unpack("<i8", bytes)))
    time.sleep(2 * DELAY)
  end
end

local reader, writer = pipe.Pipe(false)
local process_producer = process.Process { target = producer, args = { writer } }
local process_consumer = process.Process { target = consumer, args = { reader } }
process_producer:start()
process_consumer:start()
reader:close() -- each process has its own hold now
writer:close()

process_producer:join()
process_consumer:join()
