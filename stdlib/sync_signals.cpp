// braid.sync: what units tell each other. Event, WaitGroup, Condition.
#include "stdlib/handles.hpp"
#include "stdlib/sync.hpp"
#include "sync/condition.hpp"
#include "sync/event.hpp"
#include "sync/wait_group.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

// --- Event ---

using runtime::Event;

Event& event_self(const Call& call) { return vm::shared<Event>(call, ObjectKind::event, "Event"); }

// Event() -> Event
Outcome event_new(Call& call) {
  vm::make_shared<Event>(call, ObjectKind::event);
  return Outcome::values(1);
}

// event:wait([timeout]) -> boolean                                        [-0, +1, e, waits]
Outcome event_wait(Call& call) {
  return call.operate(event_self(call), Event::wait_op, 0, call.opt_patience(2), "an Event",
                      in_time);
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

// --- WaitGroup ---

using runtime::WaitGroup;

WaitGroup& group_self(const Call& call) {
  return vm::shared<WaitGroup>(call, ObjectKind::wait_group, "WaitGroup");
}

// WaitGroup() -> WaitGroup
Outcome group_new(Call& call) {
  vm::make_shared<WaitGroup>(call, ObjectKind::wait_group);
  return Outcome::values(1);
}

Outcome add_to_group(WaitGroup& group, lua_Integer n) {
  if (group.add(n)) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, n < 0 ? "the counter of a WaitGroup is below zero"
                                                     : "the counter of a WaitGroup is too large");
}

// group:add([n = 1])
Outcome group_add(Call& call) {
  WaitGroup& group = group_self(call);
  return add_to_group(group, luaL_optinteger(call.L, 2, 1));
}

// group:done()
Outcome group_done(Call& call) { return add_to_group(group_self(call), -1); }

// group:wait([timeout]) -> boolean                                        [-0, +1, e, waits]
Outcome group_wait(Call& call) {
  return call.operate(group_self(call), WaitGroup::wait_op, 0, call.opt_patience(2), "a WaitGroup",
                      in_time);
}

constexpr luaL_Reg kGroupMethods[] = {{"add", bind<group_add>},
                                      {"done", bind<group_done>},
                                      {"wait", bind<group_wait>},
                                      {nullptr, nullptr}};

// --- Condition ---

using runtime::Condition;
using runtime::Lock;

Condition& condition_self(const Call& call) {
  return vm::shared<Condition>(call, ObjectKind::condition, "Condition");
}

// Condition([lock = RLock()]) -> Condition
Outcome condition_new(Call& call) {
  if (lua_isnoneornil(call.L, 1)) {
    lua_settop(call.L, 0);
    vm::make_shared<Lock>(call, ObjectKind::lock, true);
  }
  auto& lock = vm::shared<Lock>(call, ObjectKind::lock, "Lock");
  vm::make_shared<Condition>(call, ObjectKind::condition, lock);
  return Outcome::values(1);
}

// The condition at argument 1, whose lock the running unit must hold. Null = it does not.
Condition* held_condition(const Call& call) {
  Condition& condition = condition_self(call);
  return condition.lock->owned_by(call.scheduler().current().waiter) ? &condition : nullptr;
}

Outcome not_held() {
  return Outcome::raise(errors::kInvalidState, "the unit does not hold the lock of the Condition");
}

// The stack of wait: condition, timeout, depth of the lock, how the wait ended.
constexpr int kDepth = 3;
constexpr int kHow = 4;

// The unit has its lock again, or will never have it.
Outcome finish_wait(Call& call, Wake wake) {
  if (wake != Wake::ready) return call.ended_by(wake);
  condition_self(call).lock->depth = static_cast<std::uint32_t>(lua_tointeger(call.L, kDepth));
  const auto how = static_cast<Wake>(lua_tointeger(call.L, kHow));
  if (how != Wake::ready && how != Wake::timeout) return call.ended_by(how);
  return in_time(call, how);
}

// The wait is over, however it ended: the lock comes back first.
Outcome take_lock_again(Call& call, Wake wake) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(wake));
  Lock& lock = *condition_self(call).lock;
  if (lock.acquire_free(call.scheduler().waiter())) return finish_wait(call, Wake::ready);
  call.prepare(lock, Lock::acquire_op, 0, {});
  return call.start_always({}, "the Lock of a Condition", finish_wait, runtime::OnCancel::stay);
}

// condition:wait([timeout]) -> boolean                                    [-0, +1, e, waits]
Outcome condition_wait(Call& call) {
  const Patience patience = call.opt_patience(2);
  Condition* condition = held_condition(call);
  if (condition == nullptr) return not_held();
  Lock& lock = *condition->lock;
  lua_settop(call.L, 2);
  lua_pushinteger(call.L, lock.depth);
  if (patience.immediate) return in_time(call, Wake::timeout);
  call.prepare(*condition, Condition::wait_op, 0, patience);
  const Outcome outcome = call.start_always(patience, "a Condition", take_lock_again);
  // It hangs in the condition by now, so nobody's notification can be missed.
  if (outcome.kind == Outcome::Kind::park) {
    lock.depth = 1;
    lock.release(*call.scheduler().current().waiter);
  }
  return outcome;
}

// condition:notify([n = 1])
Outcome condition_notify(Call& call) {
  Condition* condition = held_condition(call);
  const lua_Integer n = luaL_optinteger(call.L, 2, 1);
  luaL_argcheck(call.L, n >= 0, 2, "number of waiters must not be negative");
  if (condition == nullptr) return not_held();
  condition->notify(n);
  return Outcome::values(0);
}

// condition:notify_all()
Outcome condition_notify_all(Call& call) {
  Condition* condition = held_condition(call);
  if (condition == nullptr) return not_held();
  condition->notify(LUA_MAXINTEGER);
  return Outcome::values(0);
}

// condition:lock() -> its Lock
int condition_lock(lua_State* L) {
  push_shared(L, *condition_self(Call(L)).lock);
  return 1;
}

constexpr luaL_Reg kConditionMethods[] = {{"wait", bind<condition_wait>},
                                          {"notify", bind<condition_notify>},
                                          {"notify_all", bind<condition_notify_all>},
                                          {"lock", condition_lock},
                                          {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {{"Event", bind<event_new>},
                                   {"WaitGroup", bind<group_new>},
                                   {"Condition", bind<condition_new>},
                                   {nullptr, nullptr}};

}  // namespace

void add_signals(lua_State* L, int module, int classes) {
  lua_pushvalue(L, module);
  luaL_setfuncs(L, kFunctions, 0);
  lua_pop(L, 1);
  add_class(L, classes, ObjectKind::event, kEventMethods);
  add_class(L, classes, ObjectKind::wait_group, kGroupMethods);
  add_class(L, classes, ObjectKind::condition, kConditionMethods);
}

}  // namespace braid::stdlib
