-- braid.pool, the Lua half: executors and what their supervisors do. The arguments are the C++ half
-- (pool.cpp) and the class of the handles that executors are.
local core, Executor = ...

local process, task, thread = require "braid.process", require "braid.task", require "braid.thread"

local monotonic = require "braid.time".monotonic

local pool = {
  FIRST_COMPLETED = task.FIRST_COMPLETED,
  FIRST_EXCEPTION = task.FIRST_EXCEPTION,
  ALL_COMPLETED = task.ALL_COMPLETED,
}

-- Raised where the script called into this module, as an error of a C function would be.
local function bad_argument(n, name, what, ...)
  local level = 2
  local frame = debug.getinfo(level, "S")
  while frame and frame.source == "=braid.pool" do
    level = level + 1
    frame = debug.getinfo(level, "S")
  end
  error(("bad argument #%d to '%s' (%s)"):format(n, name, what:format(...)), level)
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = debug.getmetatable(value)
  return meta ~= nil and meta.__call ~= nil
end

pool.__bad_argument, pool.__is_callable = bad_argument, is_callable

-- Workers ------------------------------------------------------------------------------------

pool.__chunk = core.chunk

-- What a worker runs, in its own thread or process.
function pool.__work(handle, worker, places, initializer, initargs)
  if initializer then
    local ok, err = pcall(initializer, table.unpack(initargs, 1, initargs.n or #initargs))
    if not ok then
      core.break_pool(handle, "the initializer of the pool failed: " .. tostring(err))
      return
    end
  end
  local function serve()
    local work <close> = core.begin_work(handle, worker)
    while core.take(work) do core.run(work) end
  end
  if places == 1 then return serve() end
  local tasks = {}
  for i = 1, places do tasks[i] = task.spawn(serve) end
  task.joinall(tasks)
end

local function describe_end(worker)
  local code = worker.exitcode
  if code == nil then return 0, ("worker '%s' ended"):format(worker.name) end
  if code < 0 then
    return code, ("worker '%s' was killed by signal %d"):format(worker.name, -code)
  end
  return code, ("worker '%s' ended with exit code %d"):format(worker.name, code)
end

-- When so many workers in a row have not come as far as to ask for a call, none will: by an error of
-- their own, or in an initializer, or killed, and then for so long.
local MOST_FAILED, MOST_STILLBORN, PATIENCE = 3, 100, 2

-- What the supervisor runs, in a thread of the process that made the pool: starts workers when
-- there is work for them, and sees them end.
function pool.__supervise(handle, options, initializer, initargs)
  core.begin_supervision(handle)
  local stillborn, since, made = 0, 0, 0

  local function broken(why) core.break_pool(handle, "no worker can be started: " .. why) end

  local function watch(worker, number)
    worker:join()
    local failure
    if not worker:cancelled() then failure = worker:exception() end
    local code, text = describe_end(worker)
    if core.worker_gone(handle, number, code, text) then
      stillborn = 0
    else
      if stillborn == 0 then since = monotonic() end
      stillborn = stillborn + 1
      if type(failure) == "table" and failure.kind == "worker_died" then failure = nil end
      local hopeless = stillborn >= MOST_STILLBORN and monotonic() - since > PATIENCE
      if failure ~= nil or initializer ~= nil then hopeless = stillborn >= MOST_FAILED end
      if hopeless then broken(tostring(failure or text)) end
    end
  end

  while core.supervise(handle) do
    local worker
    if options.processes then
      worker = process.Process{target = pool.__work, daemon = false}
    else
      local name = options.prefix .. "_" .. made
      worker = thread.Thread{target = pool.__work, name = name, daemon = false}
    end
    made = made + 1
    local number = core.add_worker(handle, worker.handle)
    core.set_role(worker.handle, "worker")
    worker.args = {handle, number, options.places, initializer, initargs, n = 5}
    local ok, err = pcall(worker.start, worker)
    if ok then
      task.spawn(watch, worker, number)
    else
      local others = core.do_with_fewer(handle)
      core.worker_gone(handle, number, 0, "")
      if not others then broken(tostring(err)) end
    end
  end
  core.end_supervision(handle)
end

-- Executors ----------------------------------------------------------------------------------

function pool.__is_executor(value) return debug.getmetatable(value) == Executor end

local options_known = {
  max_workers = "integer", thread_name_prefix = "string", initializer = "function",
  initargs = "table", max_tasks_per_child = "integer", tasks_per_worker = "integer",
}

local function check_options(options, name)
  for key, value in pairs(options) do
    local kind = options_known[key]
    if not kind then bad_argument(1, name, "unknown option '%s'", tostring(key)) end
    if kind == "function" then
      if not is_callable(value) then
        bad_argument(1, name, "%s: function expected, got %s", key, type(value))
      end
    elseif kind == "integer" then
      if math.type(value) ~= "integer" then
        bad_argument(1, name, "%s: integer expected, got %s", key, math.type(value) or type(value))
      end
      if value < 1 then bad_argument(1, name, "%s: must be positive", key) end
    elseif type(value) ~= kind then
      bad_argument(1, name, "%s: %s expected, got %s", key, kind, type(value))
    end
  end
end

local executors = 0

local function new_executor(name, processes, options)
  if options == nil then options = {} end
  if type(options) == "number" then options = {max_workers = options} end
  if type(options) ~= "table" then
    bad_argument(1, name, "integer or table expected, got %s", type(options))
  end
  check_options(options, name)
  local places = options.tasks_per_worker or 1
  local workers = options.max_workers or process.cpu_count()
  local executor, handle = core.new(workers, options.max_tasks_per_child, places, processes)
  local prefix = options.thread_name_prefix
  if prefix == nil then
    prefix = name .. "-" .. executors
    executors = executors + 1
  end
  local supervisor = thread.Thread{
    target = pool.__supervise, name = prefix, daemon = false,
    args = {handle, {processes = processes, prefix = prefix, places = places},
      options.initializer, options.initargs or {}, n = 4},
  }
  core.set_role(supervisor.handle, "supervisor")
  local ok, err = pcall(supervisor.start, supervisor)
  if not ok then
    core.end_supervision(handle)
    error(err, 0)
  end
  return executor
end

-- ThreadPoolExecutor([max_workers | options])
function pool.ThreadPoolExecutor(options)
  return new_executor("ThreadPoolExecutor", false, options)
end

-- ProcessPoolExecutor([max_workers | options])
function pool.ProcessPoolExecutor(options)
  return new_executor("ProcessPoolExecutor", true, options)
end

-- as_completed and wait are those of braid.task, which knows futures, too.
pool.as_completed, pool.wait = task.as_completed, task.wait

-- Should its waiting end otherwise, what is left is cancelled and has unwound first.
local Leaving = {__close = function(self, err)
  if err == nil then return end
  core.close(self.executor, true)
  core.cancel_running(self.executor)
  core.wait_ended(self.executor, true)
end}

local function wait_ended(executor)
  local _ <close> = setmetatable({executor = executor}, Leaving)
  core.wait_ended(executor)
end

-- shutdown{wait=true, cancel_futures=false}
function Executor:shutdown(options)
  if options ~= nil and type(options) ~= "table" then
    bad_argument(1, "shutdown", "table expected, got %s", type(options))
  end
  core.close(self, options and options.cancel_futures)
  if not options or options.wait ~= false then core.wait_ended(self) end
end

function Executor:__close(err)
  -- Ctrl-C, maybe with the traceback that the program has added.
  if type(err) == "string" and err:find "^interrupted!" then
    core.close(self, true)
    core.cancel_running(self)
    return core.wait_ended(self, true)
  end
  core.close(self)
  wait_ended(self)
end

return pool
