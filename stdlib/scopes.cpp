// braid.task: deadlines that cancel. timeout() around a call in the same unit, and the deadline
// that wait_for puts on another task.
#include "stdlib/modules.hpp"
#include "vm/call.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::CancelScope;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
using vm::Task;
namespace errors = vm::errors;

// --- timeout: a scope that lives in a to-be-closed userdata of the call ---

// __close(scope, error) and __gc. A cancellation that this scope caused leaves it as `timeout`,
// unless the unit is being cancelled from further out.
int scope_close(lua_State* L) {
  auto& scope = *static_cast<CancelScope*>(lua_touserdata(L, 1));
  if (!scope.open()) return 0;
  const bool timed_out = scope.expired && scope.delivered != 0;
  runtime::Scheduler& scheduler = vm::Host::of(L).scheduler();
  scheduler.close_scope(scope);
  if (!timed_out || scheduler.current().cancelled) return 0;
  if (!errors::is_kind(L, 2, errors::kCancelled)) return 0;
  errors::push(L, errors::kTimeout, "timeout");
  return lua_error(L);
}

Outcome open_scope(Call& call) {
  auto& scope = *static_cast<CancelScope*>(lua_touserdata(call.L, 1));
  const Patience patience = call.opt_patience(2);
  call.scheduler().open_scope(scope, call.host.current_coroutine(),
                              patience.immediate ? runtime::kForever : patience.deadline);
  if (patience.immediate) {
    scope.expired = true;
    call.scheduler().cancel(scope);
  }
  return Outcome::values(0);
}

int timeout_end(lua_State* L, int, lua_KContext) { return lua_gettop(L) - 1; }

// timeout(seconds, fn, ...) -> what fn returns                            [-0, +n, e, waits]
int timeout(lua_State* L) {
  {
    const Call call(L);
    (void)call.opt_patience(1);
    call.check_callable(2);
    vm::new_object<CancelScope>(L, call.host, vm::Type::scope, 1);
  }
  // The scope keeps its coroutine, by whose address it is known, for as long as it lives itself.
  lua_pushthread(L);
  lua_setiuservalue(L, -2, 1);
  lua_insert(L, 1);  // scope seconds fn args...
  lua_toclose(L, 1);
  lua_pushcfunction(L, bind<open_scope>);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 0);
  lua_remove(L, 2);
  lua_callk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, timeout_end);
  return timeout_end(L, LUA_OK, 0);
}

// --- a deadline on another task ---

struct Deadline : runtime::Timer {
  Deadline() noexcept
      : Timer([](runtime::Timer& timer) noexcept {
          auto& self = static_cast<Deadline&>(timer);
          self.expired = true;
          if (!self.task->done()) self.scheduler->cancel(self.task->root);
        }) {}

  runtime::Scheduler* scheduler = nullptr;  // null when dropped
  Task* task = nullptr;                     // kept alive by user value 1
  bool expired = false;
};

// cancel_at(task, seconds) -> Deadline
Outcome cancel_at(Call& call) {
  auto& task = call.self<Task>(vm::Type::task, "Task");
  const Patience patience = call.opt_patience(2);
  auto& deadline = vm::new_object<Deadline>(call.L, call.host, vm::Type::deadline, 1);
  lua_pushvalue(call.L, 1);
  lua_setiuservalue(call.L, -2, 1);
  deadline.task = &task;
  if (patience.immediate) {
    deadline.scheduler = &call.scheduler();
    deadline.fire(deadline);
    deadline.scheduler = nullptr;
  } else if (patience.deadline != runtime::kForever) {
    call.scheduler().add_deadline(deadline, patience.deadline);
    deadline.scheduler = &call.scheduler();
  }
  return Outcome::values(1);
}

// __close and __gc
Outcome deadline_close(Call& call) {
  auto& deadline = *static_cast<Deadline*>(lua_touserdata(call.L, 1));
  if (deadline.scheduler != nullptr) deadline.scheduler->drop_deadline(deadline);
  deadline.scheduler = nullptr;
  return Outcome::values(0);
}

Outcome deadline_expired(Call& call) {
  lua_pushboolean(call.L, call.self<Deadline>(vm::Type::deadline, "Deadline").expired);
  return Outcome::values(1);
}

constexpr luaL_Reg kScopeMethods[] = {
    {"__close", scope_close}, {"__gc", scope_close}, {nullptr, nullptr}};
constexpr luaL_Reg kDeadlineMethods[] = {{"__close", bind<deadline_close>},
                                         {"__gc", bind<deadline_close>},
                                         {"expired", bind<deadline_expired>},
                                         {nullptr, nullptr}};

}  // namespace

const luaL_Reg kScopeFunctions[] = {
    {"timeout", timeout}, {"cancel_at", bind<cancel_at>}, {nullptr, nullptr}};

void register_scopes(lua_State* L) {
  vm::register_type(L, vm::Type::scope, "braid.CancelScope", kScopeMethods);
  vm::register_type(L, vm::Type::deadline, "braid.Deadline", kDeadlineMethods);
  lua_pop(L, 2);
}

}  // namespace braid::stdlib
