-- require, package.* and the messages of modules that are missing, broken or circular.

local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local function module(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name .. ".lua", "w"))
  file:write(text)
end
local function show(...)
  local values = table.pack(...)
  for i = 1, values.n do
    if type(values[i]) == "string" then values[i] = values[i]:gsub(folder, "FOLDER", nil) end
  end
  print(table.unpack(values, 1, values.n))
end

package.path = folder .. "/?.lua;" .. folder .. "/?/init.lua"
package.cpath = folder .. "/?.so"

module("value", "print('loading', select('#', ...), (...)) return { 1 }")
module("nothing", "print('loading nothing')")
module("isfalse", "return false")
module("isnil", "return nil")
module("two", "return 'first', 'second'")
module("sets", "package.loaded[...] = 'set by itself'")
module("sets_and_returns", "package.loaded[...] = 'set' return 'returned'")
module("fails", "error('fails while loading')")
module("fails_table", "error({})")
module("syntax", "local x = = 1")
module("circular_a", "return require 'circular_b'")
module("circular_b", "return require 'circular_a'")
module("nested.deep", "")
module("yields", "return coroutine.yield(1)")
module("where", "print(debug.traceback(nil, 1):gsub('[^\\n]*/', '')) return select(2, ...)")

show(require "value")
show(require "value" == require "value", package.loaded.value[1])
show(require "nothing") show(require "nothing") show(package.loaded.nothing)
show(require "isfalse") show(require "isfalse") show(package.loaded.isfalse)
show(require "isnil") show(package.loaded.isnil)
show(require "two") show(require "two")
show(require "sets") show(require "sets_and_returns")
show(pcall(require, "fails")) show(pcall(require, "fails")) show(package.loaded.fails)
show(select("#", pcall(require, "fails_table")))
show(pcall(require, "syntax"))
show(pcall(require, "missing"))
show(pcall(require, "missing.deep"))
show(pcall(require, ""))
show(pcall(require))
show(pcall(require, {}))
show(pcall(require, 12))
show((select(2, pcall(require, "circular_a")):gsub(":.*", "")))
show(require "where")
show(pcall(coroutine.wrap(function() return require "yields" end)))

-- searchers
show(#package.searchers)
for i, searcher in ipairs(package.searchers) do show(i, pcall(searcher, "missing")) end
show(package.searchers[2]("value"))
package.preload.given = function(...) print("preload", ...) return "from preload" end
show(require "given") show(require "given")
package.preload.given = nil
show(require "given")
table.insert(package.searchers, 2, function(name)
  if name == "special" then return function(...) print("loader", ...) return 7 end, "extra" end
  return "\n\tnot special: " .. name
end)
show(require "special")
show(pcall(require, "not_there"))
package.searchers[2] = function() return nil end
show(pcall(require, "not_there"))
package.searchers[2] = function() error("searcher failed", 0) end
show(pcall(require, "not_there"))
package.searchers[2] = function() return 12 end
show(pcall(require, "not_there"))
table.remove(package.searchers, 2)

-- searchpath, loadlib, config
show(package.searchpath("value", package.path))
show(package.searchpath("a.b", "x/?.y;?"))
show(package.searchpath("a.b", "x/?.y", "", "."))
show(package.searchpath("a-b", "?/?;-"))
show(package.searchpath("x", ""))
show(package.config)
show(pcall(package.loadlib, folder .. "/missing.so", "*"))
show(select(3, package.loadlib(folder .. "/missing.so", "luaopen_x")))
module("notalib", "") os.rename(folder .. "/notalib.lua", folder .. "/notalib.so")
show((select(2, pcall(require, "notalib")):gsub("\n.*", "")))

-- replaced tables and paths
for _, change in ipairs { "path", "cpath" } do
  local kept = package[change]
  for _, value in ipairs { 12, "", "?", false } do
    package[change] = value or nil
    show(change, value, pcall(require, "missing_now"))
  end
  package[change] = kept
end
local kept = package.searchers
package.searchers = nil
show(pcall(require, "missing_now"))
package.searchers = {}
show(pcall(require, "missing_now"))
package.searchers = kept
local preload = package.preload
package.preload = nil
show(require "value" ~= nil)
package.preload = preload
show(debug.getregistry()._LOADED == package.loaded, debug.getregistry()._PRELOAD == package.preload)
package.loaded.value = nil
show(require "value" ~= nil)
local loaded = {}
for name in pairs(package.loaded) do loaded[#loaded + 1] = name end
table.sort(loaded)
print(table.concat(loaded, " "))
local globals = {}
for name in pairs(_G) do globals[#globals + 1] = name end
table.sort(globals)
print(table.concat(globals, " "))
os.execute("rm -r " .. folder)
