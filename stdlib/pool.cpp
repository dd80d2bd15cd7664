// braid.pool, the C++ half: executors, and what their supervisor does. Futures stand in
// pool_future.cpp, what runs the calls in pool_work.cpp, what scripts see of it all in pool.lua.
#include "stdlib/pool.hpp"

#include <cstring>

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "unit/process.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::Executor;
using runtime::Future;
using runtime::ObjectKind;
using runtime::Pool;
using runtime::RunUnit;
using runtime::Wake;
using runtime::Worker;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

Pool& pool_of_executor(const Call& call) {
  return *vm::shared<Executor>(call, ObjectKind::executor, "Executor").pool;
}

// new(max_workers, max_calls | nil, places, processes) -> Executor, Pool
Outcome pool_new(Call& call) {
  const runtime::ProcessUnit* here = runtime::this_process();
  if (lua_toboolean(call.L, 4) != 0 && here != nullptr && here->daemon.load()) {
    return Outcome::raise(errors::kInvalidState, "a daemon process may not start processes");
  }
  Pool::Limits limits;
  limits.workers = static_cast<std::uint64_t>(luaL_checkinteger(call.L, 1));
  if (!lua_isnil(call.L, 2)) {
    limits.calls = static_cast<std::uint64_t>(luaL_checkinteger(call.L, 2));
  }
  limits.places = static_cast<std::uint64_t>(luaL_checkinteger(call.L, 3));
  runtime::Program& program = call.host.program();
  auto& pool = vm::make_shared<Pool>(call, ObjectKind::pool, program, limits);
  vm::make_shared<Executor>(call, ObjectKind::executor, pool);
  pool.begins();
  lua_insert(call.L, -2);
  return Outcome::values(2);
}

Outcome refuse_submit(Call& call, Pool& pool, Pool::Submitted why) {
  if (why == Pool::Submitted::closed) {
    return Outcome::raise(errors::kInvalidState, "cannot submit to an executor that is shut down");
  }
  char text[512];
  const std::size_t size = pool.copy_reason(text, sizeof text);
  lua_pushlstring(call.L, text, size);
  errors::push_with_message(call.L, errors::kBrokenPool);
  return Outcome::raise_top();
}

// Makes the call of what is above the future at 2; one that cannot travel fails here and now.
bool encode_call(Call& call, Future& future) {
  if (encode_cell(call.L, lua_gettop(call.L) - 2, codec::Origin::call, future.message)) return true;
  fail_future(call.L, future, nullptr);
  return false;
}

// executor:submit(fn, ...) -> Future
Outcome executor_submit(Call& call) {
  Pool& pool = pool_of_executor(call);
  call.check_callable(2);
  if (pool.closed || pool.broken) {
    return refuse_submit(call, pool,
                         pool.broken ? Pool::Submitted::broken : Pool::Submitted::closed);
  }
  auto& future = vm::make_shared<Future>(call, ObjectKind::future, &pool);
  lua_insert(call.L, 2);
  if (encode_call(call, future)) {
    const auto outcome = pool.submit(future);
    if (outcome != Pool::Submitted::done) return refuse_submit(call, pool, outcome);
  }
  lua_settop(call.L, 2);
  return Outcome::values(1);
}

// close(executor, cancel_queued): nothing more is submitted
Outcome executor_close(Call& call) {
  pool_of_executor(call).close(lua_toboolean(call.L, 2) != 0);
  return Outcome::values(0);
}

// max_workers(executor) -> integer
Outcome executor_max_workers(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(pool_of_executor(call).limits.workers));
  return Outcome::values(1);
}

// cancel_running(executor)
Outcome executor_cancel_running(Call& call) {
  pool_of_executor(call).cancel_running();
  return Outcome::values(0);
}

// wait_ended(executor, stay): until the last worker has ended; with `stay` whatever becomes of the
// caller                                                                  [-0, +0, e, waits]
Outcome executor_wait_ended(Call& call) {
  Pool& pool = pool_of_executor(call);
  if (works_for(call, pool)) {
    return Outcome::raise(errors::kInvalidState, "a worker cannot wait for the end of its pool");
  }
  const bool stays = lua_toboolean(call.L, 2) != 0;
  call.prepare(pool, Pool::ended_op, 0, {});
  return call.start(
      {}, "an Executor to end", [](Call&, Wake) { return Outcome::values(0); },
      stays ? runtime::OnCancel::stay : runtime::OnCancel::raise);
}

// --- the supervisor ---

// begin_supervision(pool): should the calling unit end before it says so, the pool is broken
Outcome begin_supervision(Call& call) {
  pool_self(call).supervised.insert_before(call.scheduler().waiter().held);
  return Outcome::values(0);
}

// supervise(pool) -> boolean: start a worker, or else end                 [-0, +1, e, waits]
Outcome supervise(Call& call) {
  return call.operate(pool_self(call), Pool::supervise_op, 0, {}, "its pool",
                      [](Call& after, Wake) {
                        const std::int64_t duty = after.node().argument;
                        if (duty == Pool::kLook) return supervise(after);
                        lua_pushboolean(after.L, duty == Pool::kStartWorker);
                        return Outcome::values(1);
                      });
}

// end_supervision(pool)
Outcome end_supervision(Call& call) {
  Pool& pool = pool_self(call);
  pool.supervised.unlink();
  pool.ended();
  return Outcome::values(0);
}

// add_worker(pool, unit) -> its number
Outcome add_worker(Call& call) {
  auto* unit = static_cast<RunUnit*>(vm::to_object(call.L, 2));
  Worker& worker = pool_self(call).add_worker(*unit);
  lua_pushinteger(call.L, runtime::Ref<Worker>(&worker).granule());
  return Outcome::values(1);
}

// worker_gone(pool, worker, exit code, text) -> had it come as far as to ask for a call?
Outcome worker_gone(Call& call) {
  Pool& pool = pool_self(call);
  const auto granule = static_cast<std::uint32_t>(luaL_checkinteger(call.L, 2));
  Worker& worker = *runtime::Ref<Worker>::from_granule(granule);
  const auto exit_code = static_cast<int>(luaL_checkinteger(call.L, 3));
  lua_pushboolean(call.L, pool.worker_gone(worker, exit_code, luaL_checkstring(call.L, 4)));
  return Outcome::values(1);
}

// do_with_fewer(pool) -> boolean: when a worker could not be started, before worker_gone
Outcome do_with_fewer(Call& call) {
  lua_pushboolean(call.L, pool_self(call).do_with_fewer());
  return Outcome::values(1);
}

// break_pool(pool, text)
Outcome break_pool(Call& call) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(call.L, 2, &size);
  pool_self(call).break_down(text, size);
  return Outcome::values(0);
}

// set_role(unit, role): before it is started
Outcome set_role(Call& call) {
  static constexpr const char* kRoles[] = {"script", "worker", "supervisor", nullptr};
  const int role = luaL_checkoption(call.L, 2, nullptr, kRoles);
  static_cast<RunUnit*>(vm::to_object(call.L, 1))->role = static_cast<RunUnit::Role>(role);
  return Outcome::values(0);
}

constexpr luaL_Reg kCore[] = {{"new", bind<pool_new>},
                              {"close", bind<executor_close>},
                              {"max_workers", bind<executor_max_workers>},
                              {"cancel_running", bind<executor_cancel_running>},
                              {"wait_ended", bind<executor_wait_ended>},
                              {"begin_supervision", bind<begin_supervision>},
                              {"supervise", bind<supervise>},
                              {"end_supervision", bind<end_supervision>},
                              {"add_worker", bind<add_worker>},
                              {"worker_gone", bind<worker_gone>},
                              {"do_with_fewer", bind<do_with_fewer>},
                              {"break_pool", bind<break_pool>},
                              {"set_role", bind<set_role>},
                              {nullptr, nullptr}};

constexpr luaL_Reg kExecutorMethods[] = {{"submit", bind<executor_submit>}, {nullptr, nullptr}};
constexpr luaL_Reg kNoMethods[] = {{nullptr, nullptr}};

}  // namespace

// Memory may have run out after some of them.
void register_pool(lua_State* L) {
  struct Row {
    ObjectKind kind;
    const luaL_Reg* methods;
  };
  for (const Row& row : {Row{ObjectKind::future, kFutureMethods}, Row{ObjectKind::pool, kNoMethods},
                         Row{ObjectKind::executor, kExecutorMethods}}) {
    if (vm::Host::of(L).handle_type(row.kind) != nullptr) continue;
    register_shared(L, row.kind, row.methods);
    lua_pop(L, 1);
  }
  register_pool_work(L);
}

int load_pool(lua_State* L) {
  register_pool(L);
  luaL_newlib(L, kCore);
  luaL_setfuncs(L, kPoolWorkFunctions, 0);
  luaL_setfuncs(L, kFutureFunctions, 0);
  const int core = lua_gettop(L);
  lua_pushvalue(L, core);
  luaL_getmetatable(L, runtime::type_of(ObjectKind::executor).name);
  run_embedded(L, lua_pool, "=braid.pool", 2, 1);
  lua_pushvalue(L, -1);
  lua_pushvalue(L, core);
  luaL_getmetatable(L, runtime::type_of(ObjectKind::executor).name);
  run_embedded(L, lua_pool_map, "=braid.pool", 3, 0);
  return 1;
}

}  // namespace braid::stdlib
