---@meta braid.pipe
-- The reference of braid.pipe: connections, two by two. Nothing is loaded from here; see
-- task.meta.lua for what an entry has.

---@class braid.pipe
local pipe = {}

--- Two connected ends: each reads what the other sends, in order. With `duplex` false the first
--- one only reads and the second one only sends. A message is a copy, also between tasks of one
--- thread; handles (locks, queues, connections ...) in it stay what they are. There is no kernel
--- pipe below, so a message may have any size.
---
--- Passing an end to another thread or process gives it a hold of its own. An end is gone when
--- every holder has closed it, ended, or lost its handle to the collector; then the other end
--- reads what is left, and after that "eof".
--- Does not wait. Term: Python's `multiprocessing.Pipe`.
--- ```lua
--- local pipe = require "braid.pipe"
---
--- local process = require "braid.process"
--- local here, there = pipe.Pipe()
--- local p = process.spawn(function(c)
---   local words = c:recv()
---   c:send(table.concat(words, " "))
--- end, there)
--- there:close() -- the process has its own
--- here:send { "hello", "world" }
--- print(here:recv()) --> hello world
--- print(here:recv()) --> nil	eof
--- p:join()
--- ```
---@param duplex boolean? true unless given
---@return braid.Connection
---@return braid.Connection
function pipe.Pipe(duplex) end

--- What `Pipe` makes: one end. Two handles of one end are equal. A `<close>` variable closes it.
---@class braid.Connection
---@field closed boolean this handle is closed
---@field readable boolean it can receive
---@field writable boolean it can send
local Connection = {}

--- Sends a value to the other end. nil is a message, too.
--- Waits while more than 1 MiB is unread there. Raises `closed` when nobody holds the other end,
--- also while it waits; an error that says where when a part of the value cannot travel;
--- `cancelled` in a cancelled unit: then nothing was sent.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- a:send { 1, 2 }
--- print(#b:recv()) --> 2
--- b:close()
--- print(pcall(a.send, a, 3)) --> false	the other end of the pipe is closed
--- ```
---@param value any
function Connection:send(value) end

--- Receives the next message. A nil message has no second result.
--- Waits while there is none. Raises `closed` when this end is closed meanwhile, `cancelled` in a
--- cancelled unit: then nothing was received.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- a:send "last"
--- print(b:recv(), b:recv(0.01)) --> last	nil	timeout
--- a:close()
--- print(b:recv()) --> nil	eof
--- ```
---@param timeout number? seconds; nil = for ever, 0 = do not wait
---@return any value nil also when there is none
---@return "timeout"|"eof"? why there is none
function Connection:recv(timeout) end

--- Is there something to receive, a message or eof?
--- Waits for it when given a time, and without one it does not. Raises `closed` when this end is
--- closed meanwhile, `cancelled` in a cancelled unit.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- print(b:poll(), b:poll(0.01)) --> false	false
--- a:send(1)
--- print(b:poll()) --> true
--- ```
---@param timeout number? seconds; nil = do not wait
---@return boolean
function Connection:poll(timeout) end

--- Sends bytes as one message: those of a string from `offset` on, which counts from 0. A string
--- that `send` has sent is such a message, too.
--- Waits while more than 1 MiB is unread there. Raises `bad argument` when there are not so many
--- bytes, otherwise what `send` raises.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- a:send_bytes(string.pack("<i8", 42))
--- a:send_bytes("abcdef", 2, 3)
--- print(string.unpack("<i8", b:recv_bytes())) --> 42	9
--- print(b:recv_bytes()) --> cde
--- ```
---@param bytes string
---@param offset integer? 0 unless given
---@param size integer? all that follow unless given
function Connection:send_bytes(bytes, offset, size) end

--- Receives the bytes of the next message as a string.
--- Waits while there is none. Raises an error when the message is longer than `maxlength`, or is
--- no string: then it stays and is the next one; otherwise what `recv` raises.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- a:send_bytes "12345"
--- print(pcall(b.recv_bytes, b, 4)) --> false	the next message is longer than there is room for
--- print(b:recv_bytes(5)) --> 12345
--- ```
---@param maxlength integer? any length unless given
---@param timeout number? seconds; nil = for ever, 0 = do not wait
---@return string? bytes
---@return "timeout"|"eof"? why there are none
function Connection:recv_bytes(maxlength, timeout) end

--- Receives the bytes of the next message into an `Array` of bytes (`u8`, `i8` or `char`) or the
--- `buf` of a SharedMemory, from `offset` on, which counts from 0.
--- Waits while there is none. Raises an error when there is not so much room in it, or the
--- message is no string: then it stays and is the next one; otherwise what `recv` raises.
--- ```lua
--- local pipe, shared = require "braid.pipe", require "braid.shared"
--- local a, b = pipe.Pipe()
--- local array = shared.Array("u8", 4)
--- a:send_bytes "\1\2\3"
--- print(b:recv_bytes_into(array, 1)) --> 3
--- print(array[1], array[2], array[4]) --> 0	1	3
--- ```
---@param buffer braid.Array|userdata
---@param offset integer? 0 unless given
---@return integer? count how many bytes
---@return "eof"? why there are none
function Connection:recv_bytes_into(buffer, offset) end

--- Gives up this hold of the end: the others that other threads and processes have stay. Whoever
--- still waits with this handle gets `closed` if it was the last one. Closing again does nothing.
--- Does not wait.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- a:close()
--- print(a.closed, b.closed, b:poll()) --> true	false	true
--- ```
function Connection:close() end

--- A number that this end has in every unit of the program and no other end has meanwhile. It is
--- no file descriptor: to wait for several connections use `braid.select`.
--- Does not wait.
--- ```lua
--- local pipe = require "braid.pipe"
--- local a, b = pipe.Pipe()
--- print(a:fileno() == a:fileno(), a:fileno() == b:fileno()) --> true	false
--- ```
---@return integer
function Connection:fileno() end

return pipe
