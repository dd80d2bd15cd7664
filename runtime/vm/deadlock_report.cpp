// Who waits for what: text for a person.
#include <cassert>
#include <cstdio>

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

void Host::name_holder(runtime::Object& object, char* to) noexcept {
  to[0] = '\0';
  if (runtime::type_of(object).owner == nullptr) return;
  // While somebody hangs in the object its owner passes here before it goes.
  runtime::MutexLock lock(object.mutex);
  if (const runtime::Waiter* owner = runtime::type_of(object).owner(object)) {
    // One that has just let go may be gone: then this is some text, but ends.
    constexpr int kMost = sizeof owner->name - 1;
    std::snprintf(to, sizeof owner->name, "%.*s", kMost, owner->name);
  }
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

void Host::push_deadlock_report(lua_State* L) {
  luaL_checkstack(L, 8, nullptr);
  lua_pushliteral(L, "deadlock: every unit that is left waits for something that cannot come\n");
  push_report_text_(L);
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
