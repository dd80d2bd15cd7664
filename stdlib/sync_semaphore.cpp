// braid.sync: Semaphore, BoundedSemaphore and WaitGroup.
#include "sync/semaphore.hpp"

#include "stdlib/sync.hpp"
#include "sync/wait_group.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::Semaphore;
using runtime::WaitGroup;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

Semaphore& self(const Call& call) {
  return vm::shared<Semaphore>(call, ObjectKind::semaphore, "Semaphore");
}

// Semaphore([permits]) -> Semaphore
Outcome semaphore_new(Call& call) {
  const lua_Integer permits = opt_count(call, 1, 0);
  vm::make_shared<Semaphore>(call, ObjectKind::semaphore, permits, Semaphore::kUnbounded);
  return Outcome::values(1);
}

// BoundedSemaphore([permits]) -> Semaphore that never has more than it began with
Outcome bounded_semaphore_new(Call& call) {
  const lua_Integer permits = opt_count(call, 1, 0);
  vm::make_shared<Semaphore>(call, ObjectKind::semaphore, permits, permits);
  return Outcome::values(1);
}

Outcome acquire(Call& call, Semaphore& semaphore, const vm::Patience& patience) {
  if ((!call.scheduler().current().cancelled || patience.immediate) && semaphore.acquire_free()) {
    lua_pushboolean(call.L, 1);
    return Outcome::values(1);
  }
  return call.operate(semaphore, Semaphore::acquire_op, 0, patience, "a Semaphore", true_if_ready);
}

// semaphore:acquire([timeout]) -> boolean                                 [-0, +1, e, waits]
Outcome semaphore_acquire(Call& call) {
  Semaphore& semaphore = self(call);
  return acquire(call, semaphore, call.opt_patience(2));
}

// semaphore:try_acquire() -> boolean
Outcome semaphore_try_acquire(Call& call) { return acquire(call, self(call), {0, true}); }

// semaphore:release([n])
Outcome semaphore_release(Call& call) {
  Semaphore& semaphore = self(call);
  if (semaphore.release(opt_count(call, 2, 1))) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, "Semaphore released too many times");
}

constexpr luaL_Reg kSemaphoreMethods[] = {{"acquire", bind<semaphore_acquire>},
                                          {"try_acquire", bind<semaphore_try_acquire>},
                                          {"release", bind<semaphore_release>},
                                          {nullptr, nullptr}};

WaitGroup& group(const Call& call) {
  return vm::shared<WaitGroup>(call, ObjectKind::wait_group, "WaitGroup");
}

// WaitGroup() -> WaitGroup
Outcome wait_group_new(Call& call) {
  vm::make_shared<WaitGroup>(call, ObjectKind::wait_group);
  return Outcome::values(1);
}

Outcome add(WaitGroup& wait_group, lua_Integer count) {
  switch (wait_group.add(count)) {
    case WaitGroup::Added::yes: return Outcome::values(0);
    case WaitGroup::Added::below_zero:
      return Outcome::raise(errors::kInvalidState, "the counter of a WaitGroup went below zero");
    case WaitGroup::Added::too_many: break;
  }
  return Outcome::raise(errors::kInvalidState, "the counter of a WaitGroup is too large");
}

// group:add([n])
Outcome wait_group_add(Call& call) {
  WaitGroup& wait_group = group(call);
  return add(wait_group, luaL_optinteger(call.L, 2, 1));
}

// group:done()
Outcome wait_group_done(Call& call) { return add(group(call), -1); }

// group:wait([timeout]) -> boolean                                        [-0, +1, e, waits]
Outcome wait_group_wait(Call& call) {
  WaitGroup& wait_group = group(call);
  return call.operate(wait_group, WaitGroup::wait_op, 0, call.opt_patience(2), "a WaitGroup",
                      true_if_ready);
}

constexpr luaL_Reg kWaitGroupMethods[] = {{"add", bind<wait_group_add>},
                                          {"done", bind<wait_group_done>},
                                          {"wait", bind<wait_group_wait>},
                                          {nullptr, nullptr}};

}  // namespace

const luaL_Reg kSemaphoreFunctions[] = {{"Semaphore", bind<semaphore_new>},
                                        {"BoundedSemaphore", bind<bounded_semaphore_new>},
                                        {nullptr, nullptr}};
const luaL_Reg kWaitGroupFunctions[] = {{"WaitGroup", bind<wait_group_new>}, {nullptr, nullptr}};

void register_semaphore(lua_State* L) {
  register_shared(L, ObjectKind::semaphore, kSemaphoreMethods);
}

void register_wait_group(lua_State* L) {
  register_shared(L, ObjectKind::wait_group, kWaitGroupMethods);
}

}  // namespace braid::stdlib
