// What each unit of a thread is doing, as tables and names that others may read.
#include <cstdio>

#include "vm/host.hpp"
#include "vm/status_lines.hpp"

namespace braid::vm {

using runtime::Object;
using runtime::Unit;
using runtime::UnitState;

namespace {

void set(lua_State* L, const char* field, const char* text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

// Whoever owns what the unit waits for, if anybody does.                            [-0, +0, m]
void set_holder(lua_State* L, const Unit& unit) {
  if (!unit.waits_shared || unit.waiter->more) return;
  Object* object = unit.waiter->node.kept.get();
  if (object == nullptr) return;
  char name[sizeof unit.waiter->name];
  Host::name_holder(*object, name);
  if (name[0] != '\0') set(L, "holder", name);
}

}  // namespace

void Host::push_units(lua_State* L) {
  luaL_checkstack(L, 8, nullptr);
  lua_newtable(L);
  int count = 0;
  const auto add = [&](const Unit& unit, const char* kind, lua_State* stack, std::uint64_t id) {
    lua_createtable(L, 0, 8);
    char name[sizeof(runtime::Waiter::name)];
    name_unit(unit, name, sizeof name);
    set(L, "kind", kind);
    set(L, "name", name);
    lua_pushinteger(L, static_cast<lua_Integer>(id));
    lua_setfield(L, -2, "id");
    const bool waits = unit.waits_for != nullptr;
    set(L, "state", waits ? "waiting" : unit.state == UnitState::running ? "running" : "ready");
    if (waits) {
      push_wait(L, unit);
      lua_setfield(L, -2, "waits_for");
      lua_pushnumber(L, static_cast<double>(runtime::coarse_now() - unit.waits_since) * 1e-9);
      lua_setfield(L, -2, "since");
      set_holder(L, unit);
    }
    luaL_traceback(L, stack, nullptr, 0);
    lua_setfield(L, -2, "traceback");
    lua_rawseti(L, -2, ++count);
  };
  add(scheduler_.main(), "thread", main_,
      static_cast<std::uint64_t>(scheduler_.record().thread_id));
  const int oldest = count + static_cast<int>(scheduler_.live());
  for (const Unit* unit = scheduler_.first_live(); unit != nullptr; unit = unit->next_live) {
    add(*unit, "task", static_cast<const Task&>(*unit).coroutine, unit->id);
  }
  // The list of the living has the youngest first.
  for (int low = 2, high = oldest; low < high; ++low, --high) {
    lua_rawgeti(L, -1, low);
    lua_rawgeti(L, -2, high);
    lua_rawseti(L, -3, low);
    lua_rawseti(L, -2, high);
  }
}

void Host::name_unit(const Unit& unit, char* to, std::size_t size) noexcept {
  if (&unit == &scheduler_.main()) {
    std::snprintf(to, size, "%s", thread_name());
    return;
  }
  const auto& task = static_cast<const Task&>(unit);
  const int top = lua_gettop(scratch_);
  lua_pushcfunction(scratch_, [](lua_State* L) {
    push_name(L, *static_cast<const Task*>(lua_touserdata(L, 1)));
    return 1;
  });
  lua_pushlightuserdata(scratch_, const_cast<Task*>(&task));
  const bool known = lua_pcall(scratch_, 1, 1, 0) == LUA_OK;
  const bool in_main = program_.family().main.get() == &scheduler_.record();
  std::snprintf(to, size, "%s%s%s", known ? lua_tostring(scratch_, -1) : "a task",
                in_main ? "" : " of ", in_main ? "" : thread_name());
  lua_settop(scratch_, top);
}

void Host::dump() noexcept {
  const int top = lua_gettop(scratch_);
  lua_pushcfunction(scratch_, [](lua_State* L) {
    of(L).push_report_text_(L);
    return 1;
  });
  const bool made = lua_pcall(scratch_, 0, 1, 0) == LUA_OK;
  std::fflush(stdout);
  status::write_report(made ? lua_tostring(scratch_, -1)
                            : "braid: not enough memory for a report\n");
  lua_settop(scratch_, top);
}

void Host::report() noexcept {
  if (answer_report_ != nullptr) answer_report_(*this);
}

}  // namespace braid::vm
