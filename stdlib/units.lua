-- braid.units: the list of units as a text for people.
local units = ...

local most <const> = 100

local lines = {}
for i, unit in ipairs(units) do
  if i > most then
    lines[#lines + 1] = ("\nand %d more"):format(#units - most)
    break
  end
  local line = "\n" .. unit.name
  if unit.waits_for then
    line = line .. " waits for " .. unit.waits_for
    if unit.holder then line = line .. " held by " .. unit.holder end
    if unit.since >= 1 then line = line .. (" since %.0f s"):format(unit.since) end
  elseif unit.state ~= "waiting" then
    line = line .. " is " .. unit.state
  end
  lines[#lines + 1] = line
  lines[#lines + 1] = unit.traceback
end
return table.concat(lines, "\n") .. "\n"
