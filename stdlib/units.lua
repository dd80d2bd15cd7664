-- braid.units: the list of units as a text for people.
local units = ...

local most <const> = 100

local several = false
for _, unit in ipairs(units) do several = several or unit.pid ~= units[1].pid end

local lines, pid = {}, nil
for i, unit in ipairs(units) do
  if i > most then
    lines[#lines + 1] = ("\nand %d more"):format(#units - most)
    break
  end
  if several and unit.pid ~= pid then
    pid = unit.pid
    lines[#lines + 1] = ("\n--- %s, pid %d ---"):format(unit.process, pid)
  end
  local line = "\n" .. unit.name
  if unit.state ~= "waiting" then line = line .. " is " .. unit.state end
  if unit.waits_for then
    line = line .. (unit.state == "waiting" and "" or " and") .. " waits for " .. unit.waits_for
    if unit.holder then line = line .. " held by " .. unit.holder end
    if unit.since and unit.since >= 1 then line = line .. (" since %.0f s"):format(unit.since) end
  end
  lines[#lines + 1] = line
  lines[#lines + 1] = unit.traceback
end
return table.concat(lines, "\n") .. "\n"
