// The scripts of memory_test: each uses one part of braid.task and checks what it got, so that
// something lost in silence is an assertion that fails.
#pragma once

namespace braid::test {

struct Script {
  const char* name;
  const char* source;
  bool requires_braid = false;  // the script does it itself, with memory running out
};

// What must work in a state in which a script has failed.
inline constexpr const char* kHealthy = R"lua(
  local task = require("braid").task
  local order = {}
  local a = task.spawn(function(x) order[#order + 1] = "a"; task.sleep(0.0001); return x, 2 end, 1)
  local b = task.spawn(function() order[#order + 1] = "b"; task.yield(); return "b" end)
  local x, y = a:result()
  assert(x == 1 and y == 2 and b:result() == "b" and table.concat(order) == "ab")
  assert(#task.all_tasks() == 0 and task.current_task() == nil)
  local got = task.gather(function() return 1 end, function() table.sort({2, 1}, function(p, q)
    task.yield() return p < q end) return 2 end)
  assert(got[1] == 1 and got[2] == 2)
)lua";

inline constexpr Script kMemoryScripts[] = {
    {"require", R"lua(
      local braid = require "braid"
      assert(braid.task == require "braid.task" and braid.time == require "braid.time")
    )lua",
     true},
    {"spawn_result", R"lua(
      local t = braid.task.spawn(function(a, b) return a + b end, 1, 2)
      assert(t:result() == 3 and t:done())
      assert(t.name and tostring(t))
    )lua"},
    {"many_results", R"lua(
      local t = braid.task.spawn(function(...) braid.task.yield() return ... end,
        table.unpack({}, 1, 120))
      assert(select("#", t:result()) == 120)
      assert(select("#", t:result()) == 120)
    )lua"},
    {"string_results", R"lua(
      local t = braid.task.spawn(function() return ("x"):rep(5000), ("y"):rep(100) end)
      local x, y = t:result()
      assert(#x == 5000 and #y == 100)
    )lua"},
    {"many_tasks", R"lua(
      local tasks = {}
      for i = 1, 20 do tasks[i] = braid.task.spawn(function() braid.task.yield() return i end) end
      for i = 1, 20 do assert(tasks[i]:result() == i) end
    )lua"},
    {"sleep", R"lua(
      local task = braid.task
      local t = task.spawn(function() return task.sleep(0.0002, "slept") end)
      task.sleep(0.0001)
      assert(t:result() == "slept")
    )lua"},
    {"wait_in_sort", R"lua(
      local task = braid.task
      local t = task.spawn(function()
        local list = {3, 1, 2}
        table.sort(list, function(a, b) task.sleep(0.00005) return a < b end)
        return table.concat(list)
      end)
      assert(t:result() == "123")
    )lua"},
    {"wait_in_coroutine", R"lua(
      local task = braid.task
      local t = task.spawn(function()
        local sum = 0
        for i in coroutine.wrap(function()
          for i = 1, 3 do task.yield() coroutine.yield(i) end
        end) do sum = sum + i end
        local co = coroutine.create(function(a)
          local b = coroutine.yield(a)
          task.yield()
          return b
        end)
        local ok, first = coroutine.resume(co, 10)
        if not ok then error(first, 0) end
        local second
        ok, second = coroutine.resume(co, 20)
        if not ok then error(second, 0) end
        return sum + first + second
      end)
      assert(t:result() == 36)
    )lua"},
    {"error", R"lua(
      local t = braid.task.spawn(function() error("it broke") end)
      local ok, message = pcall(t.result, t)
      assert(not ok)
      if not tostring(message):find("it broke") then error(message, 0) end
      assert(t:exception() == message and t:traceback())
    )lua"},
    {"untaken_error", R"lua(
      do local t = braid.task.spawn(function() error("not enough memory, said the script") end) end
      braid.task.yield()
      collectgarbage()
    )lua"},
    {"gather", R"lua(
      local task = braid.task
      local got = task.gather(function() return 1 end, {function(x) task.yield() return x end, 2},
        task.spawn(function() task.sleep(0.0001) return 3 end))
      assert(got.n == 3 and got[1] == 1 and got[2] == 2 and got[3] == 3)
    )lua"},
    {"gather_fails", R"lua(
      local task = braid.task
      local unwound = 0
      local function sleeper()
        local _ <close> = setmetatable({}, {__close = function() unwound = unwound + 1 end})
        task.sleep(3600)
      end
      local ok, message = pcall(task.gather, sleeper, function() task.yield() error("one", 0) end,
        sleeper)
      task.yield() task.yield()
      assert(not ok and #task.all_tasks() == 0, "a task was left behind")
      if message ~= "one" then error(message, 0) end
    )lua"},
    {"group", R"lua(
      local task = braid.task
      local sum = 0
      do
        local g <close> = task.group()
        for i = 1, 3 do g:spawn(function() task.yield() sum = sum + i end) end
      end
      assert(sum == 6)
    )lua"},
    {"group_fails", R"lua(
      local task = braid.task
      local ok, message = pcall(function()
        local g <close> = task.group()
        g:spawn(function() task.sleep(3600) end)
        g:spawn(function() task.yield() error("one", 0) end)
        task.sleep(3600)
      end)
      task.yield() -- those that could not be waited for were cancelled, and end with their next turn
      assert(not ok and #task.all_tasks() == 0, "a task was left behind")
      if message ~= "one" then error(message, 0) end
    )lua"},
    {"group_cancel", R"lua(
      local task = braid.task
      do
        local g <close> = task.group()
        g:spawn(function() task.sleep(3600) end)
        task.yield()
        g:cancel()
      end
      assert(#task.all_tasks() == 0)
    )lua"},
    {"timeout", R"lua(
      local task = braid.task
      assert(task.timeout(1000, function(x) task.yield() return x end, 5) == 5)
      local ok, failure = pcall(task.timeout, 0.0001, task.sleep, 3600)
      task.yield()
      assert(not ok and #task.all_tasks() == 0, "a task was left behind")
      if type(failure) ~= "table" or failure.kind ~= "timeout" then error(failure, 0) end
    )lua"},
    {"wait_for", R"lua(
      local task = braid.task
      assert(task.wait_for(function() task.yield() return 7 end, 1000) == 7)
      local ok, failure = pcall(task.wait_for, function() task.sleep(3600) end, 0.0001)
      task.yield()
      assert(not ok and #task.all_tasks() == 0, "a task was left behind")
      if type(failure) ~= "table" or failure.kind ~= "timeout" then error(failure, 0) end
    )lua"},
    {"wait", R"lua(
      local task = braid.task
      local slow = task.spawn(task.sleep, 0.001)
      local done, pending = task.wait({function() return 1 end, slow},
        {return_when = task.FIRST_COMPLETED, timeout = 100})
      assert(#done == 1 and #pending == 1 and pending[1] == slow)
    )lua"},
    {"as_completed", R"lua(
      local task = braid.task
      local sum = 0
      for t in task.as_completed({function() task.sleep(0.0002) return 1 end,
                                  function() return 10 end}, 1000) do
        sum = sum * 2 + t:result()
      end
      assert(sum == 21)
    )lua"},
    {"joinall_shield", R"lua(
      local task = braid.task
      assert(task.joinall({function() end, function() task.yield() end}, 1000))
      assert(task.shield(function(x) task.yield() return x end, 3) == 3)
    )lua"},
    {"cancel", R"lua(
      local task = braid.task
      local closed, never, cancelled = false, true, false
      local t = task.spawn(function()
        local _ <close> = setmetatable({}, {__close = function() closed = true end})
        local _, failure = pcall(task.sleep, 3600)
        never = not cancelled
        error(failure, 0)
      end)
      local unstarted = task.spawn(function() never = false end)
      unstarted:cancel()
      task.yield()
      cancelled = true
      t:cancel("enough")
      local ok, failure = pcall(t.result, t)
      assert(not ok and never, "ran on")
      if type(failure) ~= "table" or failure.kind ~= "cancelled" then error(failure, 0) end
      assert(closed, "not unwound")
      assert(t:cancelled(), tostring(t))
      assert(failure.message == "enough", failure.message)
    )lua"},
    {"callbacks", R"lua(
      local task = braid.task
      local called = 0
      local function count(t) assert(t:done()) task.yield() called = called + 1 end
      local t = task.spawn(function() task.yield() end)
      t:add_done_callback(count)
      t:add_done_callback(count)
      t:result()
      t:add_done_callback(count)
      task.sleep(0.0001) task.yield() task.yield()
      assert(called == 3, "a callback did not run")
    )lua"},
    {"time_after", R"lua(
      local called = 0
      local timer = braid.time.after(0.0001, function(x, y) called = called + x + y end, 1, 2)
      local never = braid.time.after(3600, error)
      never:cancel()
      local every <close> = braid.time.every(0.0001, function() called = called + 100 end)
      while timer:pending() do braid.task.sleep(0.0001) end
      braid.task.yield()
      assert(called % 100 == 3, "the timer's call did not run")
    )lua"},
    {"require_waits", R"lua(
      local task = braid.task
      package.preload.slow = function() task.sleep(0.0001) return {answer = 42} end
      local a = task.spawn(function() return require("slow").answer end)
      local b = task.spawn(function() return require("slow").answer end)
      assert(a:result() == 42 and b:result() == 42)
      package.preload.bad = function() task.yield() error("no such luck") end
      local c = task.spawn(pcall, require, "bad")
      local d = task.spawn(pcall, require, "bad")
      assert(not c:result() and not d:result())
    )lua"},
    {"local_and_loop", R"lua(
      local task = braid.task
      local l = task.Local()
      l.x = 1
      assert(task.run(function() l.x = 2 return l.x end) == 2 and l.x == 1)
      local loop = task.new_event_loop()
      assert(loop:run_until_complete(function() task.yield() return 9 end) == 9)
    )lua"},
    {"pcall_everywhere", R"lua(
      -- Every failure is swallowed where it happens, and the program goes on.
      local task = braid.task
      for i = 1, 3 do
        local ok, t = pcall(task.spawn, function() return pcall(task.sleep, 0.00005) end)
        if ok then pcall(t.result, t) end
        pcall(task.gather, function() task.yield() end, function() task.yield() end)
      end
    )lua"},
};

}  // namespace braid::test
