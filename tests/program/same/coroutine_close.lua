-- coroutine.close and to-be-closed variables, in every state of a coroutine.
-- luacheck: ignore

local function closer(label, action)
  return setmetatable({}, { __close = function(_, err)
    print("close", label, err)
    if action then action() end
  end })
end

print(coroutine.close(coroutine.create(print)))
do
  local co = coroutine.create(print)
  coroutine.resume(co)
  print(coroutine.close(co), coroutine.status(co))
  print(coroutine.close(co))
end

do -- suspended with variables to close
  local co = coroutine.create(function()
    local a <close> = closer "a"
    local b <close> = closer "b"
    coroutine.yield(1)
    print "not reached"
  end)
  print(coroutine.resume(co))
  print(coroutine.close(co))
  print(coroutine.status(co), coroutine.resume(co))
end

do -- an error while closing
  local co = coroutine.create(function()
    local a <close> = closer "a"
    local b <close> = closer("b", function() error("b failed", 0) end)
    local c <close> = closer "c"
    coroutine.yield()
  end)
  coroutine.resume(co)
  print(coroutine.close(co))
  print(coroutine.close(co), coroutine.status(co))
end

do -- ended by an error
  local co = coroutine.create(function()
    local a <close> = closer "a"
    error({ "value" })
  end)
  local ok, err = coroutine.resume(co)
  print(ok, type(err), err[1])
  local closed, again = coroutine.close(co)
  print(closed, again == err)
  print(coroutine.close(co))
end

do -- yields inside __close
  local co = coroutine.wrap(function()
    local a <close> = closer("a", function() coroutine.yield "from a" end)
    local b <close> = closer("b", function() coroutine.yield "from b" end)
    return "result"
  end)
  print(co()) print(co()) print(co())
end

do -- yields inside __close while an error unwinds
  local co = coroutine.wrap(function()
    return pcall(function()
      local a <close> = closer("a", function() print(coroutine.yield "from a") end)
      local b <close> = closer("b", function() print(coroutine.yield "from b") error("second", 0) end)
      error("first", 0)
    end)
  end)
  print(co()) print(co "x") print(co "y")
end

do -- a wrap that fails closes its variables
  local co = coroutine.wrap(function()
    local a <close> = closer "a"
    error "in wrap"
  end)
  print(pcall(co))
  print(pcall(co))
end

do -- closing itself, from outside while it is normal, from a __close
  local co
  co = coroutine.create(function()
    print(pcall(coroutine.close, co))
    coroutine.wrap(function() print(pcall(coroutine.close, co)) end)()
    local a <close> = closer("a", function() print(pcall(coroutine.close, co)) end)
    coroutine.yield()
  end)
  coroutine.resume(co)
  print(coroutine.close(co))
end

do -- a generator abandoned by break
  local function numbers()
    local co = coroutine.wrap(function()
      local a <close> = closer "numbers"
      for i = 1, 10 do coroutine.yield(i) end
    end)
    return co, nil, nil, closer "loop"
  end
  for i in numbers() do print(i) if i == 2 then break end end
end

do -- deep
  local function nest(n)
    local a <close> = closer(n)
    if n > 0 then nest(n - 1) else coroutine.yield() end
  end
  local co = coroutine.create(nest)
  coroutine.resume(co, 3)
  print(coroutine.close(co))
end

do -- close through pcall inside
  local co = coroutine.create(function()
    print("pcall gave", pcall(function()
      local a <close> = closer "inner"
      coroutine.yield()
    end))
    local b <close> = closer "outer"
    coroutine.yield()
  end)
  coroutine.resume(co)
  print(coroutine.close(co))
end
