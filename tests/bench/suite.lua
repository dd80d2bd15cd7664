-- The benchmarks, in the order in which the table shows them. One is a file that prints lines
-- `name value unit`; `bars` says for those names what must be met: {"<=", most} or {">=", least}.
--   peers  {label, file in peers/}: the same workload under the same names. *.py runs with python3,
--          *.lua with lua5.4.
--   ratio  the file runs with both programs in turn and the bar is about the ratio of their times:
--          "speed" is lua5.4 / braid (more is better), "cost" is braid / lua5.4 (less is better).

local function task(name, bars, peers)
  return {name = name, file = name .. ".lua", bars = bars, peers = peers}
end

local function plain(name, bar)
  return {name = name, file = "plain/" .. name .. ".lua", ratio = "speed", bars = {[name] = bar}}
end

local full_speed = {">=", 0.98}

return {
  task("task_switch", {task_switch = {"<=", 80}},
       {{"asyncio", "asyncio_switch.py"}, {"bare resume+yield", "bare_switch.lua"}}),
  task("task_spawn", {task_spawn = {"<=", 400}},
       {{"asyncio", "asyncio_spawn.py"}, {"bare create+resume", "bare_spawn.lua"}}),
  task("sleepers", {sleepers = {"<=", 1.5}}, {{"asyncio", "asyncio_sleepers.py"}}),
  task("sleepers_memory", {sleepers_memory_lua = {"<=", 1700}, sleepers_memory_rss = {"<=", 1700}},
       {{"asyncio", "asyncio_sleepers_memory.py"}, {"bare coroutine", "bare_memory.lua"}}),
  task("main_wait", {}, {}),
  task("thread_start", {thread_start_warm = {"<=", 25}, thread_start_cold = {"<=", 60}}, {}),
  task("thread_roundtrip", {thread_roundtrip = {"<=", 15}}, {}),
  task("cpu_two_threads", {cpu_two_threads = {">=", 1.9}}, {}),
  task("queue_tasks", {queue_tasks = {"<=", 150}, local_queue_tasks = {"<=", 100}},
       {{"asyncio", "asyncio_queue.py"}}),
  task("queue_threads", {queue_threads = {"<=", 200}}, {{"queue.Queue", "python_queue.py"}}),
  task("process", {process_start = {"<=", 500}, queue_processes = {"<=", 250},
                   cpu_two_processes = {">=", 1.9}},
       {{"Python, fork", "python_fork.py"}, {"Python, forkserver", "python_forkserver.py"},
        {"Python, spawn", "python_spawn.py"}}),
  task("pipe", {pipe_roundtrip = {"<=", 25}, pipe_strings = {">=", 3}},
       {{"multiprocessing.Pipe", "python_pipe.py"}}),
  task("pool", {pool_threads = {"<=", 1.5}, pool_processes = {"<=", 3}},
       {{"concurrent.futures", "python_pool.py"}}),
  task("pool_cpu", {pool_cpu_threads = {">=", 1.9}, pool_cpu_processes = {">=", 1.9}}, {}),
  task("lock", {lock_pair = {"<=", 80}}, {}),
  task("shared_table", {}, {}),
  plain("fib", full_speed),
  plain("strings", full_speed),
  plain("inserts", full_speed),
  plain("sort", full_speed),
  plain("pingpong", full_speed),
  plain("generator"),
  plain("pcall"),
  {name = "startup", file = "startup.lua", ratio = "cost", bars = {startup = {"<=", 2}}},
}
