---@meta braid.inspect
-- The reference of braid.inspect: values as text for people. Nothing is loaded from here; see
-- task.meta.lua for what an entry has.

--- The module is called: `inspect(value)`. `inspect.inspect` is the same function.
---@class braid.inspect
---@overload fun(value: any, options?: braid.inspect.Options): string
local inspect = {}

--- What is shown before the rest is cut; `math.huge` shows all.
---@class braid.inspect.Options
---@field depth integer? tables inside tables: 8; deeper ones are `{...}`
---@field items integer? of one table: 100
---@field string integer? bytes of one string: 500
---@field width integer? columns: a table that is wider is put on several lines: 80

--- A value as text, as Lua would write it: nested tables, the sequence first and then the other
--- keys in order. A table that is met again, as in a cycle, has a number and is `<table 1>` there.
--- Strings are quoted; UTF-8 stays readable, other bytes are escaped. What has `__tostring` is shown
--- by it, `__name` is said, and no other metamethod is called. The prompt shows tables this way.
--- Does not wait, unless a `__tostring` does. Raises `bad argument` for options that are none.
--- Term: Python's `pprint.pformat`.
--- ```lua
--- local inspect = require "braid.inspect"
--- print(inspect { 1, "two", { x = 3 }, name = "list" }) --> {1, "two", {x = 3}, name = "list"}
--- local node = { value = 1 }
--- node.next = node
--- print(inspect(node)) --> <1>{next = <table 1>, value = 1}
--- print(inspect({ 1, 2, 3 }, { items = 2 })) --> {1, 2, ... 1 more}
--- ```
---@param value any
---@param options braid.inspect.Options? what to cut
---@return string
function inspect.inspect(value, options) end

return inspect
