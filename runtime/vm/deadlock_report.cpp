// Who waits for what when nothing can ever wake anybody: text for a person.
#include <cassert>

#include "vm/host.hpp"

namespace braid::vm {

using runtime::Unit;

void Host::describe_wait(const char* what, Describe describe) noexcept {
  for (Description& place : descriptions_) {
    if (place.what != nullptr && place.what != what) continue;
    place = {what, describe};
    return;
  }
  assert(false);
}

void Host::push_wait(lua_State* L, const Unit& unit) {
  for (const Unit* live = scheduler_.first_live(); live != nullptr; live = live->next_live) {
    if (unit.waits_in != &live->joiners) continue;
    push_name(L, static_cast<const Task&>(*live));
    lua_pushfstring(L, "the end of %s", lua_tostring(L, -1));
    return lua_remove(L, -2);
  }
  for (const Description& known : descriptions_) {
    if (known.what == unit.waits_for) return known.describe(L, unit);
  }
  lua_pushstring(L, unit.waits_for);
}

// Adds a unit to the report on top of the stack.
void Host::add_unit(lua_State* L, const char* name, const Unit& unit, lua_State* stack) {
  lua_pushfstring(L, "\n%s", name);
  if (unit.waits_for != nullptr) {
    lua_pushliteral(L, " waits for ");
    push_wait(L, unit);
    lua_concat(L, 3);
  }
  lua_pushliteral(L, "\n");
  luaL_traceback(L, stack, nullptr, 0);
  lua_concat(L, 4);
}

void Host::push_deadlock_report(lua_State* L) {
  constexpr std::size_t kShown = 100;
  luaL_checkstack(L, 16, nullptr);
  lua_pushliteral(L, "deadlock: every unit that is left waits for something that cannot come");
  add_unit(L, "MainThread", scheduler_.main(), main_);
  std::size_t shown = 0;
  const Unit* unit = scheduler_.first_live();
  for (; unit != nullptr && shown < kShown; unit = unit->next_live, ++shown) {
    const auto& task = static_cast<const Task&>(*unit);
    push_name(L, task);
    lua_insert(L, -2);  // name, report
    add_unit(L, lua_tostring(L, -2), task, task.coroutine);
    lua_remove(L, -2);
  }
  if (unit != nullptr) {
    lua_pushfstring(L, "\nand %d more", static_cast<int>(scheduler_.live() - shown));
    lua_concat(L, 2);
  }
  lua_pushliteral(L, "\n");
  lua_concat(L, 2);
}

std::string Host::deadlock_report(lua_State* L) {
  lua_pushcfunction(L, [](lua_State* inner) {
    of(inner).push_deadlock_report(inner);
    return 1;
  });
  std::string text = "deadlock (and not enough memory to say more)\n";
  if (lua_pcall(L, 0, 1, 0) == LUA_OK) text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

}  // namespace braid::vm
