// braid.sync: the module, from the files of its classes; and Event. What is built from acquiring
// and releasing stands in sync.lua.
#include "stdlib/sync.hpp"

#include "lua_sources.hpp"
#include "stdlib/modules.hpp"
#include "sync/event.hpp"

namespace braid::stdlib {
namespace {

using runtime::Event;
using runtime::ObjectKind;
using vm::bind;
using vm::Call;
using vm::Outcome;

Event& self(const Call& call) { return vm::shared<Event>(call, ObjectKind::event, "Event"); }

// Event() -> Event
Outcome event_new(Call& call) {
  vm::make_shared<Event>(call, ObjectKind::event);
  return Outcome::values(1);
}

// event:wait([timeout]) -> boolean                                        [-0, +1, e, waits]
Outcome event_wait(Call& call) {
  Event& event = self(call);
  return call.operate(event, Event::wait_op, 0, call.opt_patience(2), "an Event", true_if_ready);
}

// event:set()
Outcome event_set(Call& call) {
  self(call).set();
  return Outcome::values(0);
}

// event:clear()
Outcome event_clear(Call& call) {
  self(call).clear();
  return Outcome::values(0);
}

// event:is_set() -> boolean
Outcome event_is_set(Call& call) {
  lua_pushboolean(call.L, self(call).is_set());
  return Outcome::values(1);
}

constexpr luaL_Reg kMethods[] = {{"wait", bind<event_wait>},
                                 {"set", bind<event_set>},
                                 {"clear", bind<event_clear>},
                                 {"is_set", bind<event_is_set>},
                                 {nullptr, nullptr}};

struct Class {
  const char* name;
  void (*register_it)(lua_State* L);
  const luaL_Reg* functions;
};
constexpr Class kClasses[] = {
    {"Lock", register_lock, kLockFunctions},
    {"Event", register_event, kEventFunctions},
    {"Semaphore", register_semaphore, kSemaphoreFunctions},
    {"Condition", register_condition, kConditionFunctions},
    {"Barrier", register_barrier, kBarrierFunctions},
    {"RWLock", register_rwlock, kRWLockFunctions},
    {"WaitGroup", register_wait_group, kWaitGroupFunctions},
    {"Once", register_once, kOnceFunctions},
};

constexpr luaL_Reg kCore[] = {{"is_held", is_held},           {"once_enter", once_enter},
                              {"once_done", once_done},       {"once_leave", once_leave},
                              {"barrier_load", barrier_load}, {nullptr, nullptr}};

}  // namespace

const luaL_Reg kEventFunctions[] = {{"Event", bind<event_new>}, {nullptr, nullptr}};

void register_event(lua_State* L) { register_shared(L, ObjectKind::event, kMethods); }

int load_sync(lua_State* L) {
  lua_settop(L, 0);
  lua_newtable(L);        // the module
  luaL_newlib(L, kCore);  // what only sync.lua sees
  lua_newtable(L);        // the metatables, for it to add to
  // The codec names functions by the fields of modules: with these, methods can be sent, too.
  lua_pushvalue(L, 2);
  lua_setfield(L, 1, "__core");
  for (const Class& one : kClasses) {
    one.register_it(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, 3, one.name);
    lua_pushfstring(L, "__%s", one.name);
    lua_insert(L, -2);
    lua_rawset(L, 1);
    lua_pushvalue(L, 1);
    luaL_setfuncs(L, one.functions, 0);
    lua_pop(L, 1);
  }
  run_embedded(L, lua_sync, "=braid.sync", 2, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kFindAction);
  return 1;
}

}  // namespace braid::stdlib
