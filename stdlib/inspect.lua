-- braid.inspect: values as text for people. Tables are walked twice: first to find those that are
-- met more than once, which get a number, then to write them. What is cut is not walked.

local defaults = {depth = 8, items = 100, string = 500, width = 80}

-- Keys -----------------------------------------------------------------------------------------

local rank = {number = 1, string = 2, boolean = 3}

local function is_before(a, b)
  local ra, rb = rank[type(a)] or 4, rank[type(b)] or 4
  if ra ~= rb then return ra < rb end
  if ra < 3 then return a < b end
  return tostring(a) < tostring(b)
end

-- How many items from 1 on there are without a gap, and the other keys in order.
local function keys_of(t)
  local length = 0
  while rawget(t, length + 1) ~= nil do length = length + 1 end
  local keys = {}
  for key in next, t do
    if math.type(key) ~= "integer" or key < 1 or key > length then keys[#keys + 1] = key end
  end
  table.sort(keys, is_before)
  return length, keys
end

-- Whatever a metatable of the script's does.
local function own_text(value)
  local meta = debug.getmetatable(value)
  if type(meta) ~= "table" or rawget(meta, "__tostring") == nil then return nil end
  local ok, text = pcall(tostring, value)
  if ok then return text end
  return ("<error in __tostring: %s>"):format(tostring(text))
end

local function name_of(t)
  local meta = debug.getmetatable(t)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name .. " " or ""
end

-- Scalars --------------------------------------------------------------------------------------

local escapes = {["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\\"] = "\\\\", ['"'] = '\\"'}

-- At most `most` bytes, and no part of a character.
local function cut(text, most)
  if #text <= most then return text end
  local last = most
  while last > 0 and last > most - 4 and (text:byte(last + 1) & 0xC0) == 0x80 do last = last - 1 end
  return text:sub(1, last)
end

local function quote(text, most)
  local shown = cut(text, most)
  local rest = #text - #shown
  local quoted = shown:gsub('[%c\\"]', function(c)
    return escapes[c] or ("\\x%02X"):format(c:byte())
  end)
  if not utf8.len(quoted) then
    quoted = quoted:gsub("[\x80-\xFF]", function(c) return ("\\x%02X"):format(c:byte()) end)
  end
  return rest > 0 and ('"%s"... %d more bytes'):format(quoted, rest) or '"' .. quoted .. '"'
end

local function describe_function(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "<function in C>" end
  return ("<function %s:%d>"):format(info.short_src, info.linedefined)
end

local scalar = {
  string = function(value, limits) return quote(value, limits.string) end,
  ["function"] = describe_function,
  thread = function(value) return ("<coroutine, %s>"):format(coroutine.status(value)) end,
  userdata = function(value) return ("<%s>"):format(tostring(value)) end,
}

local function show_scalar(value, limits)
  local text = type(value) ~= "string" and own_text(value)
  if text then return cut(text, limits.string) end
  local show = scalar[type(value)]
  return show and show(value, limits) or tostring(value)
end

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  keywords[word] = true
end

-- Tables ---------------------------------------------------------------------------------------

local function is_plain(value) return type(value) == "table" and own_text(value) == nil end

-- Calls visit(key, value) for what is shown of a table (the key is nil in its sequence) and returns
-- how many items are not.
local function each_item(t, limits, visit)
  local length, keys = keys_of(t)
  local left = limits.items
  for i = 1, length do
    if left < 1 then break end
    visit(nil, rawget(t, i))
    left = left - 1
  end
  for _, key in ipairs(keys) do
    if left < 1 then break end
    visit(key, rawget(t, key))
    left = left - 1
  end
  return length + #keys - (limits.items - left)
end

local function count(value, limits, depth, times)
  if not is_plain(value) then return end
  times[value] = (times[value] or 0) + 1
  if times[value] > 1 or depth >= limits.depth then return end
  each_item(value, limits, function(_, item) count(item, limits, depth + 1, times) end)
end

local show

local function show_key(key, state)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" and not keywords[key] then return key end
  return ("[%s]"):format(is_plain(key) and ("<%s>"):format(tostring(key))
    or show_scalar(key, state.limits))
end

local function show_table(t, state, depth, indent)
  if state.numbers[t] then return ("<table %d>"):format(state.numbers[t]) end
  local head = name_of(t)
  if state.times[t] > 1 then
    state.last = state.last + 1
    state.numbers[t] = state.last
    head = ("<%d>%s"):format(state.last, head)
  end
  if next(t) == nil then return head .. "{}" end
  if depth >= state.limits.depth then return head .. "{...}" end
  local inner = indent .. "  "
  local parts, size, tall = {}, #indent + #head, false
  local rest = each_item(t, state.limits, function(key, item)
    local label = key == nil and "" or show_key(key, state) .. " = "
    local part = label .. show(item, state, depth + 1, inner)
    parts[#parts + 1] = part
    size, tall = size + #part + 2, tall or part:find("\n", 1, true) ~= nil
  end)
  if rest > 0 then
    parts[#parts + 1] = ("... %d more"):format(rest)
    size = size + #parts[#parts] + 2
  end
  if not tall and size <= state.limits.width then
    return ("%s{%s}"):format(head, table.concat(parts, ", "))
  end
  return ("%s{\n%s%s\n%s}"):format(head, inner, table.concat(parts, ",\n" .. inner), indent)
end

function show(value, state, depth, indent)
  if is_plain(value) then
    -- One that was too deep to be counted.
    state.times[value] = state.times[value] or 1
    return show_table(value, state, depth, indent)
  end
  return show_scalar(value, state.limits)
end

-- The module -------------------------------------------------------------------------------------

local function limits_of(given)
  if given == nil then return defaults end
  if type(given) ~= "table" then
    return nil, ("bad argument #2 to 'inspect' (table expected, got %s)"):format(type(given))
  end
  local limits = {}
  for name, value in next, defaults do limits[name] = value end
  for name, value in next, given do
    if not defaults[name] then
      return nil, ("bad argument #2 to 'inspect' (unknown option '%s')"):format(tostring(name))
    elseif type(value) ~= "number" or value ~= value or value < 0 then
      return nil, ("bad argument #2 to 'inspect' (option '%s' is no limit)"):format(name)
    end
    limits[name] = value
  end
  return limits
end

local function inspect(value, given)
  local limits, message = limits_of(given)
  if not limits then error(message, 3) end
  local times = {}
  count(value, limits, 0, times)
  return show(value, {limits = limits, times = times, numbers = {}, last = 0}, 0, "")
end

return setmetatable({inspect = inspect}, {__call = function(_, ...) return (inspect(...)) end})
