-- Each module and its stub (stdlib/NAME.meta.lua) say the same: every function that is documented
-- exists, every public one is documented, and an entry has all its parts.

local support = require "support"
local lua_blocks = dofile(support.root .. "/tests/docs/lua_blocks.lua")
local inspect = require "braid.inspect"
local pipe = require "braid.pipe"
local pool = require "braid.pool"
local process = require "braid.process"
local progress = require "braid.progress"
local shared = require "braid.shared"
local sync = require "braid.sync"
local task = require "braid.task"
local thread = require "braid.thread"
local time = require "braid.time"
local queue = require "braid.queue"

-- What a stub calls a class -> the live table of its methods.
local function live_methods(value)
  local meta = getmetatable(value)
  return meta.methods or meta
end

local function a_timer()
  local timer <close> = time.after(60, print)
  return timer
end

local executor = pool.ThreadPoolExecutor(1)
local future = executor:submit(math.sqrt, 4)

-- What `braid` has beside modules.
local function functions_of_braid()
  local functions = {}
  for name, value in pairs(require "braid") do
    if type(value) == "function" then functions[name] = value end
  end
  return functions
end

local modules = {
  braid = { braid = functions_of_braid() },
  queue = {
    queue = queue,
    Queue = live_methods(queue.Queue()),
    LocalQueue = live_methods(queue.LocalQueue()),
  },
  pool = { pool = pool, Executor = live_methods(executor), Future = live_methods(future) },
  inspect = { inspect = inspect },
  progress = { progress = progress, Bar = live_methods((progress.bar(1))),
               Spinner = live_methods(progress.spinner()) },
  pipe = { pipe = pipe, Connection = live_methods((pipe.Pipe())) },
  task = {
    task = task,
    Task = live_methods(task.spawn(function() end)),
    Group = live_methods(task.group()),
    Loop = live_methods(task.new_event_loop()),
    Local = live_methods(task.Local()),
  },
  shared = {
    shared = shared,
    Value = live_methods(shared.Value "i32"),
    Array = live_methods(shared.Array("i32", 1)),
    Table = live_methods(shared.Table()),
    SharedMemory = live_methods(shared.SharedMemory { create = true, size = 1 }),
  },
  process = { process = process, Process = live_methods(process.Process()) },
  thread = { thread = thread, Thread = live_methods(thread.Thread()),
             Timer = live_methods(thread.Timer(0, print)) },
  sync = {
    sync = sync,
    Lock = live_methods(sync.Lock()),
    Semaphore = live_methods(sync.Semaphore()),
    Event = live_methods(sync.Event()),
    Condition = live_methods(sync.Condition()),
    Barrier = live_methods(sync.Barrier(2)),
    RWLock = live_methods(sync.RWLock()),
    WaitGroup = live_methods(sync.WaitGroup()),
    Once = live_methods(sync.Once()),
  },
  time = { time = time, Timer = live_methods(a_timer()) },
}

-- The stub's entries: { class, name, line, comment (a list of lines), parameters }.
local function entries(source)
  local found, comment, number = {}, {}, 0
  for line in source:gmatch "([^\n]*)\n" do
    number = number + 1
    local class, name, parameters = line:match "^function ([%w_]+)[.:]([%w_]+)%((.-)%) end$"
    if not class then class, name = line:match "^([%w_]+)%.([%w_]+) = " end
    if class then
      found[#found + 1] = { class = class, name = name, line = number, comment = comment,
                            parameters = parameters }
    end
    if line:match "^%-%-%-" then comment[#comment + 1] = line else comment = {} end
  end
  return found
end

-- Is there a line that fits?
local function has(comment, pattern)
  for _, line in ipairs(comment) do
    if line:match(pattern) then return true end
  end
  return false
end

local function check_entry(entry, live)
  local value = live[entry.class] and rawget(live[entry.class], entry.name)
  if value == nil then return "is documented, but is not there" end
  if #entry.comment == 0 then return "has no description" end
  if not entry.parameters then return type(value) == "function" and "is a function" or nil end
  if type(value) ~= "function" then return "is no function" end
  if not has(entry.comment, "^%-%-%- Waits") and not has(entry.comment, "^%-%-%- Does not wait") then
    return "does not say whether it waits"
  end
  for parameter in entry.parameters:gmatch "[^%s,]+" do
    local escaped = parameter:gsub("%.", "%%.")
    if not has(entry.comment, "^%-%-%-@param " .. escaped .. "%??%s") then
      return "does not describe " .. parameter
    end
  end
  if #lua_blocks.of(table.concat(entry.comment, "\n"), true) == 0 then return "has no example" end
end

for module, live in pairs(modules) do
  local path = ("stdlib/%s.meta.lua"):format(module)
  local source = lua_blocks.read(path)

  test(path .. " is Lua and says that it is a stub", function()
    expect(source):matches("^%-%-%-@meta braid" .. (module == "braid" and "" or "%." .. module) .. "\n")
    expect(select(2, load(source, "@" .. path))):is_nil()
  end)

  test(path .. ": every entry is complete and exists", function()
    local problems = {}
    for _, entry in ipairs(entries(source)) do
      local problem = check_entry(entry, live)
      if problem then
        problems[#problems + 1] = ("%s:%d: %s.%s %s"):format(path, entry.line, entry.class,
          entry.name, problem)
      end
    end
    expect(problems):same {}
  end)

  test(path .. ": everything public has an entry", function()
    local documented = {}
    for _, entry in ipairs(entries(source)) do
      documented[entry.class .. "." .. entry.name] = true
    end
    local missing = {}
    for class, members in pairs(live) do
      for name in pairs(members) do
        local full = class .. "." .. tostring(name)
        if not tostring(name):match "^__" and not documented[full] then
          missing[#missing + 1] = full
        end
      end
    end
    table.sort(missing)
    expect(missing):same {}
  end)
end

test("every module of braid has a stub that is compared here", function()
  for name, value in pairs(require "braid") do
    expect((modules[name] or type(value) == "function") and name or "missing: " .. name):equals(name)
  end
end)
