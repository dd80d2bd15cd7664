-- Handles to shared objects: one object has one handle in a state, from when it first travels.

local queue, shared, sync = require "braid.queue", require "braid.shared", require "braid.sync"
local thread = require "braid.thread"

test("what is read twice is one key of a table", function()
  local made = {
    queue.Queue(), sync.Lock(), sync.Event(), sync.Semaphore(1), sync.Barrier(1),
    shared.Value("i64", 1), shared.Array("i64", 3), shared.Table(),
  }
  local box = shared.Table()
  for i, object in ipairs(made) do box[i] = object end
  for i, object in ipairs(made) do
    local seen = { [object] = true }
    expect(seen[box[i]]):is_true()
    expect(rawequal(box[i], box[i])):is_true()
  end
end)

test("also in a thread that did not make it", function()
  local q, event = queue.Queue(), sync.Event()
  local t = thread.spawn(function(first)
    local second, third = q:get(), q:get()
    return rawequal(first, second) and rawequal(second, third)
  end, event)
  q:put(event)
  q:put(event)
  expect(t:result()):is_true()
end)

test("a handle that is known keeps nothing alive, and its place goes to the next", function()
  local q = queue.Queue()
  local collected = setmetatable({}, { __mode = "k" })
  for round = 1, 200 do
    q:put(sync.Event())
    q:put(sync.Lock())
    local event, lock = q:get(), q:get()
    expect(event:is_set()):is_false()
    expect(lock:acquire(0)):is_true()
    lock:release()
    collected[event], collected[lock] = true, true
    event, lock = nil, nil
    if round % 20 == 0 then
      collectgarbage()
      collectgarbage()
      expect(next(collected)):is_nil()
    end
  end
end)

test("a finalizer that gets the handle of something that is finalized with it", function()
  local q = queue.Queue()
  local equal, got
  do
    local event = sync.Event()
    q:put(event)
    setmetatable({ event }, { __gc = function(self)
      got = q:get()
      equal = got == self[1]
    end })
  end
  collectgarbage()
  collectgarbage()
  expect(equal):is_true()
  got:set()
  expect(got:is_set()):is_true()
end)
