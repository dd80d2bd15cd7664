---@meta braid.shared
-- The reference of braid.shared: values, arrays and tables that every unit of the program sees, and
-- memory that other programs see, too.
-- Nothing is loaded from here; see task.meta.lua for what an entry has.

---@class braid.shared
local shared = {}

--- What a Value or the items of an Array can be. Also the letters of Python's `array` and `ctypes`
--- (`"i"`, `"d"`, `"?"` …) and the names of `ctypes` (`"c_int"` …) are types.
---
--- | type | holds |
--- |---|---|
--- | `i8 i16 i32 i64` | integers with a sign |
--- | `u8 u16 u32` | integers without one |
--- | `u64` | the 64 bits of a Lua integer; `add` counts without a sign |
--- | `f32 f64` | floats; `f32` rounds |
--- | `bool` | a boolean |
--- | `char` | a string of one byte |
---@alias braid.CellType
---| "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64" | "bool" | "char"
---| string

---@class braid.LockOptions
---@field lock? boolean | braid.Lock false = without a lock; a lock = with that one

--- Makes a cell of one type that every unit sees; 0, false or `"\0"` at first unless `initial` says
--- otherwise. `options` may stand in its place.
--- Does not wait. Raises `bad argument` for an unknown type and for a value that does not fit.
--- Term: Python's `multiprocessing.Value`.
--- ```lua
--- local shared, thread = require "braid.shared", require "braid.thread"
--- local counter = shared.Value("i64", 5)
--- thread.spawn(function(c) c:add(2) end, counter):join()
--- print(counter.value) --> 7
--- ```
---@param type braid.CellType
---@param initial? number | boolean | string
---@param options? braid.LockOptions
---@return braid.Value
function shared.Value(type, initial, options) end

--- Makes cells of one type in a row: as many as a size says, or one for each item of a list, or,
--- of `char`, for each byte of a string.
--- Does not wait. Raises `bad argument` for an unknown type and for an item that does not fit.
--- Term: Python's `multiprocessing.Array`.
--- ```lua
--- local shared = require "braid.shared"
--- local a = shared.Array("f64", {1, 2, 3})
--- a[2] = 0.5
--- print(#a, a[2], a[4]) --> 3	0.5	nil
--- print(#shared.Array("i32", 1000), shared.Array("char", "hello")[5]) --> 1000	o
--- ```
---@param type braid.CellType
---@param size_or_list integer | any[] | string
---@param options? braid.LockOptions
---@return braid.Array
function shared.Array(type, size_or_list, options) end

--- Makes a table that every unit sees, with a copy of what is in `t`, which may be a Table, too. Keys
--- are strings, numbers and booleans, but not the names of its methods. Values are copied when they
--- are put in and again when they are read; handles travel by reference. `st.k`, `st[k] = v` and `#st`
--- are what they are for any table, each of them atomic; `pairs(st)` goes over a copy of one moment.
--- Does not wait, but `st[k] = v` waits for an update that is under way. Raises for a key that cannot
--- be one, and for a value that cannot travel, and says where it is. Term:
--- Python's `multiprocessing.Manager().dict()` and `list()`.
--- ```lua
--- local shared, thread = require "braid.shared", require "braid.thread"
--- local st = shared.Table {1, 2, name = "x"}
--- thread.spawn(function(t) t.list = {3, 4} end, st):join()
--- print(#st, st.name, st.list[2]) --> 2	x	4
--- st.list[2] = 5   -- changes a copy
--- print(st.list[2]) --> 4
--- ```
---@param t? table | braid.Table
---@return braid.Table
function shared.Table(t) end

---@class braid.SharedMemoryOptions
---@field name? string without a '/'; one that is new begins otherwise than with "braid-"
---@field create? boolean false unless said otherwise: attach to one that is there
---@field size? integer of a new one; of one that is there, how many bytes it has at least

--- Makes bytes with a name, zeros at first, or attaches to those that have that name, whichever
--- program has made them. What has a name that a script gave it stays, also when the program has
--- ended, until somebody unlinks it. What is made without `name` gets one and goes with its program,
--- (of a process that was killed, too, only then); if the program was killed, with the next one that
--- loads this module, but not while anybody still uses it.
--- Sent to another unit it is attached to there, by its name.
--- Does not wait. Raises when there is no room, when a new name is taken and when one to attach to is
--- missing, and `bad argument` for anything else. Term: Python's
--- `multiprocessing.shared_memory.SharedMemory`.
--- ```lua
--- local shared, process = require "braid.shared", require "braid.process"
--- local sm <close> = shared.SharedMemory {create = true, size = 100}
--- process.spawn(function() sm.buf[0] = 100 end):join()
--- local other <close> = shared.SharedMemory {name = sm.name}
--- print(other.buf[0], other.size) --> 100	100
--- ```
---@param options braid.SharedMemoryOptions
---@return braid.SharedMemory
function shared.SharedMemory(options) end

--- Names itself: the type `bool`.
shared.c_bool = "c_bool"

--- Names itself: the type `i8`.
shared.c_byte = "c_byte"

--- Names itself: the type `char`.
shared.c_char = "c_char"

--- Names itself: the type `f64`.
shared.c_double = "c_double"

--- Names itself: the type `f32`.
shared.c_float = "c_float"

--- Names itself: the type `i32`.
shared.c_int = "c_int"

--- Names itself: the type `i8`.
shared.c_int8 = "c_int8"

--- Names itself: the type `i16`.
shared.c_int16 = "c_int16"

--- Names itself: the type `i32`.
shared.c_int32 = "c_int32"

--- Names itself: the type `i64`.
shared.c_int64 = "c_int64"

--- Names itself: the type `i64`.
shared.c_long = "c_long"

--- Names itself: the type `i64`.
shared.c_longlong = "c_longlong"

--- Names itself: the type `i16`.
shared.c_short = "c_short"

--- Names itself: the type `u64`.
shared.c_size_t = "c_size_t"

--- Names itself: the type `i64`.
shared.c_ssize_t = "c_ssize_t"

--- Names itself: the type `u8`.
shared.c_ubyte = "c_ubyte"

--- Names itself: the type `u32`.
shared.c_uint = "c_uint"

--- Names itself: the type `u8`.
shared.c_uint8 = "c_uint8"

--- Names itself: the type `u16`.
shared.c_uint16 = "c_uint16"

--- Names itself: the type `u32`.
shared.c_uint32 = "c_uint32"

--- Names itself: the type `u64`.
shared.c_uint64 = "c_uint64"

--- Names itself: the type `u64`.
shared.c_ulong = "c_ulong"

--- Names itself: the type `u64`.
shared.c_ulonglong = "c_ulonglong"

--- Names itself: the type `u16`.
shared.c_ushort = "c_ushort"

--- A cell. `value` is read and written as a field; assigning what does not fit raises and changes
--- nothing. Everything but `get_lock` is atomic by itself and does not take the lock; reading and
--- then writing are two steps.
---@class braid.Value
---@field value number | boolean | string
local Value = {}

--- Adds to a number.
--- Does not wait. Raises `bad argument` when the sum is out of range, and changes nothing; also when
--- the type is no number's.
--- ```lua
--- local shared = require "braid.shared"
--- local v = shared.Value("i8", 120)
--- print(v:add(7)) --> 127
--- print(pcall(v.add, v, 1)) --> false	bad argument #2 to '?' (the sum is out of range for i8)
--- ```
---@param n number integral for the integer types
---@return number new the sum
function Value:add(n) end

--- Puts a value in place of another.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- local v = shared.Value("i32", 1)
--- print(v:exchange(2), v.value) --> 1	2
--- ```
---@param value number | boolean | string
---@return number | boolean | string old
function Value:exchange(value) end

--- Puts in `desired` if the value equals `expected`.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- local v = shared.Value("i32", 1)
--- print(v:compare_exchange(0, 2), v:compare_exchange(1, 2), v.value) --> false	true	2
--- ```
---@param expected number | boolean | string
---@param desired number | boolean | string
---@return boolean done
function Value:compare_exchange(expected, desired) end

--- The lock that comes with the value, an RLock, for several steps that must be one.
--- Does not wait. Raises when the value was made without a lock.
--- ```lua
--- local shared = require "braid.shared"
--- local v = shared.Value("i32", 20)
--- v:get_lock():with(function() v.value = v.value * 2 + 2 end)
--- print(v.value) --> 42
--- ```
---@return braid.Lock
function Value:get_lock() end

--- Cells of one type. `a[i]` counts from 1; `a[#a + 1]` reads nil, any other index out of bounds
--- raises. `ipairs` and `pairs` visit the items.
---@class braid.Array
---@field [integer] number | boolean | string
local Array = {}

--- A list with the items as they are now, read one after the other.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- print(table.concat(shared.Array("i32", {1, 2, 3}):tolist(), " ")) --> 1 2 3
--- ```
---@return any[]
function Array:tolist() end

--- The lock that comes with the array, an RLock, for several steps that must be one.
--- Does not wait. Raises when the array was made without a lock.
--- ```lua
--- local shared = require "braid.shared"
--- local a = shared.Array("i32", {1, 2})
--- a:get_lock():with(function() a[1], a[2] = a[2], a[1] end)
--- print(a[1], a[2]) --> 2	1
--- ```
---@return braid.Lock
function Array:get_lock() end

--- Bytes with a name. Leaving its `<close>` block closes it and, in its owner, which is the handle that
--- has made it, unlinks it.
---
--- `buf` has the bytes as integers, from 0: `buf[0]` is the first and `#buf` is how many there are;
--- each is read and written atomically, and an index out of bounds or a value that is no byte raises.
--- When it is closed all that has to do with its bytes raises `closed`.
---@class braid.SharedMemory
---@field name string
---@field size integer in bytes
---@field buf table<integer, integer>
---@field owner boolean
local SharedMemory = {}

--- The bytes from `offset`, which counts from 0, as many as `n` or all that are left.
--- Does not wait. Raises `bad argument` when they are not all within the bounds.
--- ```lua
--- local shared = require "braid.shared"
--- local sm <close> = shared.SharedMemory {create = true, size = 5}
--- sm:write(0, "hello")
--- print(sm:read(), sm:read(1, 3)) --> hello	ell
--- ```
---@param offset? integer
---@param n? integer
---@return string
function SharedMemory:read(offset, n) end

--- Puts the bytes of a string at `offset`, which counts from 0. Others may see some of them sooner
--- than the rest: a lock makes it one step.
--- Does not wait. Raises `bad argument` when there is no room for all of them, and writes none.
--- ```lua
--- local shared = require "braid.shared"
--- local sm <close> = shared.SharedMemory {create = true, size = 16}
--- sm:write(8, string.pack("<d", 0.5))
--- print(string.unpack("<d", sm:read(8))) --> 0.5	9
--- ```
---@param offset integer
---@param s string
function SharedMemory:write(offset, s) end

--- Gives up this handle's bytes; closing it again does nothing. The others keep theirs.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- local sm = shared.SharedMemory {create = true, size = 1}
--- sm:close()
--- print(select(2, pcall(sm.read, sm)).kind) --> closed
--- ```
function SharedMemory:close() end

--- Takes the name away: nobody can attach any more, and those who have keep it until they close it.
--- Any handle may do so, also a closed one.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- local sm = shared.SharedMemory {create = true, size = 1}
--- print(sm:unlink(), sm:unlink()) --> true	false
--- ```
---@return boolean done false when these bytes have their name no more
function SharedMemory:unlink() end

--- A table that every unit sees. One that nobody refers to any more is given back with all that is
--- in it, also when it refers to itself or stands in a cycle of tables; not in one that leads through
--- a queue.
---@class braid.Table
---@field [string | number | boolean] any
local Table = {}

--- Puts a value behind the last one.
--- Waits for an update that is under way. Raises for nil, and for a value that cannot travel.
--- ```lua
--- local shared = require "braid.shared"
--- local st = shared.Table {"a"}
--- print(st:append "b", st[2]) --> 2	b
--- ```
---@param value any
---@return integer length the new one
function Table:append(value) end

--- Puts a value before the one at `position`, which moves up with all behind it; with one argument,
--- behind the last.
--- Waits for an update that is under way. Raises `bad argument` when the position is not within 1 and
--- `#st + 1`. Term: `table.insert`.
--- ```lua
--- local shared = require "braid.shared"
--- local st = shared.Table {"a", "c"}
--- st:insert(2, "b")
--- print(table.concat(st:tolist())) --> abc
--- ```
---@param position? integer
---@param value any
function Table:insert(position, value) end

--- Takes the value at `position` out, or the last one; those behind it move down.
--- Waits for an update that is under way. Raises `bad argument` when the position is out of bounds.
--- Term: `table.remove`.
--- ```lua
--- local shared = require "braid.shared"
--- local st = shared.Table {"a", "b", "c"}
--- print(st:remove(1), st:remove(), #st) --> a	c	1
--- ```
---@param position? integer
---@return any value nil when there was none
function Table:remove(position) end

--- Puts in what `fn` makes of a value; nil removes it. `fn` runs once, and while it does no other
--- unit changes the table: updates happen one after the other, and so do `st[k] = v`, `append`,
--- `insert`, `remove` and `incr` of others, which wait. Reading does not wait. `fn` may wait, and may
--- change other tables; of this one it may read everything.
--- Waits for other updates, and for whoever holds the table's lock. What `fn` raises is raised, and
--- nothing has changed, as when the unit is cancelled or ends in `fn`. Raises `deadlock` when `fn`
--- itself changes or updates the table, and when two units wait for each other's updates.
--- ```lua
--- local shared = require "braid.shared"
--- local st = shared.Table {list = {1}}
--- print(#st:update("list", function(list) list[#list + 1] = 2 return list end)) --> 2
--- print(st.list[2]) --> 2
--- ```
---@param key string | number | boolean
---@param fn fun(old: any): any
---@return any new what `fn` has returned
function Table:update(key, fn) end

--- Adds to a number, 1 unless `n` says otherwise; what is missing counts as 0.
--- Waits for an update that is under way. Raises when the value is no number, and `bad argument` when
--- the sum of two integers is out of range; then nothing has changed.
--- ```lua
--- local shared = require "braid.shared"
--- local st = shared.Table()
--- print(st:incr "hits", st:incr("hits", 4)) --> 1	5
--- ```
---@param key string | number | boolean
---@param n? number
---@return number new the sum
function Table:incr(key, n) end

--- The lock that updates take, an RLock, for several steps that must be one. Other operations neither
--- take it nor wait for it.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- local st = shared.Table {n = 1}
--- local _ <close> = st:get_lock():guard()
--- st.n = st.n * 2
--- print(st.n) --> 2
--- ```
---@return braid.Lock
function Table:get_lock() end

--- A list of the values 1 … `#st`, copied at one moment.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- print(#shared.Table {1, 2, x = 3}:tolist()) --> 2
--- ```
---@return any[]
function Table:tolist() end

--- An ordinary table with all that is in it, copied at one moment.
--- Does not wait.
--- ```lua
--- local shared = require "braid.shared"
--- local t = shared.Table {1, 2, x = 3}:totable()
--- print(#t, t.x) --> 2	3
--- ```
---@return table
function Table:totable() end

return shared
