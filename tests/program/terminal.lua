-- A terminal for tests: runs a program on a pty (made by util-linux's `script`) and tells what it
-- wrote there, and what is then to be seen.

local support = require "support"

local terminal = {}

terminal.is_there = select(3, support.run "command -v script") == 0

-- Runs Lua source on a terminal of that size; `before` is text for the shell. Returns the bytes that
-- reached the terminal.
function terminal.run(source, options)
  options = options or {}
  local path = os.tmpname()
  support.write_file(path, source)
  local command = ("stty cols %d rows %d; %s%s %s"):format(options.columns or 40,
    options.rows or 24, options.before or "", support.quote(support.braid), path)
  local out = support.run(("script -qec %s /dev/null"):format(support.quote(command)),
    { env = { LC_ALL = options.locale or "C" } })
  os.remove(path)
  return out
end

local function is_wide(code) return code >= 0x1100 and code <= 0x115F or code >= 0x2E80 end

-- The lines that the bytes leave on the terminal, those that scrolled out included, without what is
-- blank at the ends of lines and of the list. Raises when a line is longer than the terminal is wide.
function terminal.screen(bytes, columns)
  columns = columns or 40
  local lines, row, column = { {} }, 1, 0
  local function clear(from_row, from_column)
    local line = lines[from_row]
    for c = from_column, columns do line[c] = nil end
  end
  local sequences = {
    A = function(n) row = math.max(row - n, 1) end,
    C = function(n) column = math.min(column + n, columns - 1) end,
    K = function() clear(row, column) end,
    J = function()
      clear(row, column)
      for r = row + 1, #lines do lines[r] = {} end
    end,
  }
  local at = 1
  while at <= #bytes do
    local n, kind = bytes:match("^\27%[(%d*)(%a)", at)
    local char = bytes:match("^" .. utf8.charpattern, at)
    if kind then
      assert(sequences[kind], "unknown sequence " .. kind)(tonumber(n) or 1)
      at = at + 3 + #n - 0
    else
      if char == "\r" then
        column = 0
      elseif char == "\n" then
        row = row + 1
        lines[row] = lines[row] or {}
      else
        local width = is_wide(utf8.codepoint(char)) and 2 or 1
        if column + width > columns then error("a line is too long: " .. bytes, 2) end
        lines[row][column] = char
        if width == 2 then lines[row][column + 1] = "" end
        column = column + width
      end
      at = at + #char
    end
  end
  local texts = {}
  for r, line in ipairs(lines) do
    local text = {}
    for c = 0, columns - 1 do text[#text + 1] = line[c] or " " end
    texts[r] = table.concat(text):gsub(" +$", "")
  end
  while texts[#texts] == "" do texts[#texts] = nil end
  return texts
end

return terminal
