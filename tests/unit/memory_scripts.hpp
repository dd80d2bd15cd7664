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
    {"shared", R"lua(
      local shared = braid.shared
      local v, a = shared.Value("i32", 5), shared.Array("f64", {1, 2, 3})
      assert(v:add(1) == 6 and not v:get_lock():locked() and #a:tolist() == 3)
      local st = shared.Table {1, {2}, name = ("long"):rep(20)}
      st.itself, st.fn = st, function(x) return x + 1 end
      assert(st.itself == st and st.fn(1) == 2 and #st.name == 80)
      assert(st:update("list", function(old) return {old, 5} end)[2] == 5 and st:incr("n") == 1)
      assert(st:append {3} == 3 and st:remove(2)[1] == 2 and st[2][1] == 3)
      for key, value in pairs(st) do assert(st[key] ~= nil and value ~= nil) end
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
    {"queue", R"lua(
      -- What a get could not take for lack of memory is there for the next one.
      local queue, task = braid.queue, braid.task
      local q = queue.Queue(2)
      local putter = task.spawn(function()
        local _ <close> = q
        for i = 1, 4 do q:put({i, ("x"):rep(100)}) end
      end)
      local sum, failures = 0, 0
      while true do
        local ok, value, why = pcall(q.get, q, 0.001)
        if ok and why == "timeout" and not putter:done() then goto continue end
        if ok and why then break end
        if ok then
          sum = sum + value[1]
        else
          failures = failures + 1
          if failures > 20 then error(value, 0) end
        end
        ::continue::
      end
      putter:result()
      assert(sum == 10, "a message was lost")
    )lua"},
    {"queue_many", R"lua(
      local queue = braid.queue
      local q, p = queue.Queue(), queue.PriorityQueue()
      assert(q:put_many {1, "two", {3}, ("x"):rep(100)} == 4)
      assert(p:put_many {{2, "b"}, {1, "a"}} == 2)
      local list = q:get_many(10)
      assert(list.n == 4 and list[3][1] == 3)
      assert(p:get()[2] == "a" and p:get()[2] == "b" and q:empty())
    )lua"},
    {"pipe", R"lua(
      local pipe, task = braid.pipe, braid.task
      local a, b = pipe.Pipe()
      local sender = task.spawn(function()
        local _ <close> = a
        for i = 1, 4 do a:send({i, ("x"):rep(100)}) end
        a:send_bytes(("y"):rep(1000), 900)
      end)
      local sum, bytes = 0, 0
      repeat
        local value, why = b:recv(0.001)
        if type(value) == "table" then sum = sum + value[1] end
        if type(value) == "string" then bytes = #value end
      until why == "eof" or why and sender:done() and not b:poll()
      sender:result()
      assert(sum == 10 and bytes == 100, "a message was lost")
    )lua"},
    {"local_queue", R"lua(
      local queue, task = braid.queue, braid.task
      local q = queue.LocalQueue(1)
      local t = task.spawn(function()
        local _ <close> = q
        for i = 1, 20 do q:put({i}) end
      end)
      local sum = 0
      repeat
        local value, why = q:get(0.001)
        if value then sum = sum + value[1] end
      until why == "closed" or why and t:done() and q:empty()
      t:result()
      assert(sum == 210, "a message was lost")
    )lua"},
    {"select", R"lua(
      local queue, task = braid.queue, braid.task
      local a, b, here = queue.Queue(1), queue.Queue(1), queue.LocalQueue(1)
      local t = task.spawn(function()
        local index, value = braid.select {{a, "get"}, {b, "get"}, {here, "get"}, timeout = 10}
        return index, value
      end)
      local index = braid.select {{a, "put", {1}}, {b, "put", ("x"):rep(100)}, {here, "put", {3}}}
      local got = t:result()
      assert(got == index, "another one")
      assert(a:empty() and b:empty() and here:empty())
      assert(select(2, braid.select {{a, "get"}, {t, "join"}}) == true)
    )lua"},
};

}  // namespace braid::test
