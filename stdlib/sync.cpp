// braid.sync: the bindings of the objects that units wait for each other with. What is built from
// them (guards, with) stands in sync.lua.
#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "sync/event.hpp"
#include "sync/lock.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::Event;
using runtime::Lock;
using runtime::ObjectKind;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

// --- Lock and RLock ---

Lock& lock_self(const Call& call) { return vm::shared<Lock>(call, ObjectKind::lock, "Lock"); }

// Lock() -> Lock
Outcome lock_new(Call& call) {
  vm::make_shared<Lock>(call, ObjectKind::lock, false);
  return Outcome::values(1);
}

// RLock() -> Lock that its owner may take again
Outcome rlock_new(Call& call) {
  vm::make_shared<Lock>(call, ObjectKind::lock, true);
  return Outcome::values(1);
}

Outcome lock_acquired(Call& call, Wake wake) {
  lua_pushboolean(call.L, wake == Wake::ready);
  if (wake != Wake::ready || !Lock::owner_died(call.node())) return Outcome::values(1);
  lua_pushliteral(call.L, "owner_died");
  return Outcome::values(2);
}

Outcome acquire(Call& call, const Patience& patience) {
  Lock& lock = lock_self(call);
  runtime::Unit& unit = call.scheduler().current();
  if ((!unit.cancelled || patience.immediate) && lock.acquire_free(call.scheduler().waiter())) {
    lua_pushboolean(call.L, 1);
    return Outcome::values(1);
  }
  if (!lock.reentrant && patience.deadline == runtime::kForever && lock.owned_by(unit.waiter)) {
    return Outcome::raise(errors::kDeadlock, "deadlock: the unit holds this Lock already");
  }
  return call.operate(lock, Lock::acquire_op, 0, patience, "a Lock", lock_acquired);
}

// lock:acquire([timeout]) -> true[, "owner_died"] | false                 [-0, +1|2, e, waits]
Outcome lock_acquire(Call& call) { return acquire(call, call.opt_patience(2)); }

// lock:try_acquire() -> true[, "owner_died"] | false                      [-0, +1|2, e]
Outcome lock_try_acquire(Call& call) { return acquire(call, {0, true}); }

// lock:release()
Outcome lock_release(Call& call) {
  Lock& lock = lock_self(call);
  runtime::Waiter* unit = call.scheduler().current().waiter;
  if (unit != nullptr && lock.release(*unit)) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, lock.locked()
                                                   ? "cannot release a Lock that another unit holds"
                                                   : "cannot release a Lock that is not held");
}

// lock:locked() -> boolean
Outcome lock_locked(Call& call) {
  lua_pushboolean(call.L, lock_self(call).locked());
  return Outcome::values(1);
}

constexpr luaL_Reg kLockMethods[] = {{"acquire", bind<lock_acquire>},
                                     {"try_acquire", bind<lock_try_acquire>},
                                     {"release", bind<lock_release>},
                                     {"locked", bind<lock_locked>},
                                     {nullptr, nullptr}};

// --- Event ---

Event& event_self(const Call& call) { return vm::shared<Event>(call, ObjectKind::event, "Event"); }

// Event() -> Event
Outcome event_new(Call& call) {
  vm::make_shared<Event>(call, ObjectKind::event);
  return Outcome::values(1);
}

// event:wait([timeout]) -> boolean                                        [-0, +1, e, waits]
Outcome event_wait(Call& call) {
  return call.operate(event_self(call), Event::wait_op, 0, call.opt_patience(2), "an Event",
                      [](Call& after, Wake wake) {
                        lua_pushboolean(after.L, wake == Wake::ready);
                        return Outcome::values(1);
                      });
}

// event:set()
Outcome event_set(Call& call) {
  event_self(call).set();
  return Outcome::values(0);
}

// event:clear()
Outcome event_clear(Call& call) {
  event_self(call).clear();
  return Outcome::values(0);
}

// event:is_set() -> boolean
Outcome event_is_set(Call& call) {
  lua_pushboolean(call.L, event_self(call).is_set());
  return Outcome::values(1);
}

constexpr luaL_Reg kEventMethods[] = {{"wait", bind<event_wait>},
                                      {"set", bind<event_set>},
                                      {"clear", bind<event_clear>},
                                      {"is_set", bind<event_is_set>},
                                      {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {{"Lock", bind<lock_new>},
                                   {"RLock", bind<rlock_new>},
                                   {"Event", bind<event_new>},
                                   {nullptr, nullptr}};

}  // namespace

int load_sync(lua_State* L) {
  luaL_newlib(L, kFunctions);
  lua_newtable(L);  // the metatables, for sync.lua to add to
  register_shared(L, ObjectKind::lock, kLockMethods);
  lua_setfield(L, -2, "Lock");
  register_shared(L, ObjectKind::event, kEventMethods);
  lua_setfield(L, -2, "Event");
  lua_pushvalue(L, -2);
  lua_insert(L, -2);
  run_embedded(L, lua_sync, "=braid.sync", 2, 0);
  return 1;
}

}  // namespace braid::stdlib
