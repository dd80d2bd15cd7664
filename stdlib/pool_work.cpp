// braid.pool: where the calls run. A worker takes them one after the other (pool.lua, __work); one
// that waits for a call of its own pool that is still queued runs it meanwhile.
#include <cstring>

#include "codec/decode.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/pool.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

using runtime::Cell;
using runtime::Future;
using runtime::Message;
using runtime::ObjectKind;
using runtime::Place;
using runtime::Pool;
using runtime::Wake;
using runtime::Worker;
using vm::bind;
using vm::Call;
using vm::Host;
using vm::Outcome;
namespace errors = vm::errors;

namespace {

// One place of a worker, and the call that runs in it. User value 1 is the message handler.
// Owning thread only.
struct Work {
  Pool* pool = nullptr;  // with a reference, as the next
  Future* future = nullptr;
  Place* place = nullptr;
  Message* traceback = nullptr;  // of the error that is on its way
  Host* host = nullptr;
  runtime::CancelScope scope;  // open while the call runs
  Work* outer = nullptr;       // the next one of this thread
  bool is_stolen = false;      // it runs inside another one
};

bool is_to_be_cancelled(const Work& work) noexcept {
  return work.future->cancel_requested.load() || work.pool->cancelling.load();
}

// All of this thread.
thread_local constinit Work* t_works = nullptr;

Work& work_at(lua_State* L, int index) { return *static_cast<Work*>(lua_touserdata(L, index)); }

Work& work_self(const Call& call) { return call.self<Work>(vm::Type::work, "Work"); }

void cancel_work(Host& host) noexcept {
  for (Work* work = t_works; work != nullptr; work = work->outer) {
    if (work->host == &host && work->future != nullptr && work->scope.open() &&
        is_to_be_cancelled(*work)) {
      host.scheduler().cancel(work->scope);
    }
  }
}

// --- one call ---

// (error) -> error: the message handler of a call. Its upvalue is the Work.
int keep_traceback(lua_State* L) {
  if (errors::is_kind(L, 1, errors::kCancelled)) return 1;
  Host::of(L).push_tracebacks(L, 1, nullptr);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  Work& work = work_at(L, lua_upvalueindex(1));
  runtime::drop_message(work.traceback);
  work.traceback = nullptr;
  try {
    work.traceback = runtime::make_message(reinterpret_cast<const std::byte*>(text), size);
  } catch (const std::bad_alloc&) {
  }
  lua_settop(L, 1);
  return 1;
}

// (work) -> the function and its arguments
int take_call(lua_State* L) {
  const Cell& call = work_at(L, 1).future->message;
  lua_settop(L, 0);
  return codec::decode(L, call.data(), call.size());
}

// (work, error)
int fail(lua_State* L) {
  Work& work = work_at(L, 1);
  Message* traceback = work.traceback;
  work.traceback = nullptr;
  fail_future(L, *work.future, traceback);
  return 0;
}

// The call has ended; nothing of it is left here.
void leave_call(Work& work) noexcept {
  Future* future = work.future;
  work.future = nullptr;
  work.place->current = nullptr;
  runtime::drop_message(work.traceback);
  work.traceback = nullptr;
  runtime::drop(*future);
}

bool keep_results(lua_State* L, Work& work, int count) {
  Cell results;
  try {
    if (!encode_cell(L, count, codec::Origin::results, results)) return false;
  } catch (const std::bad_alloc&) {
    work.future->finish(Future::Result::failed, results);
    return true;
  }
  if (!work.future->finish(Future::Result::returned, results)) results.drop();
  return true;
}

constexpr int kHandler = 2;

// The stack: the Work, its handler, then the results or the error.
int call_ended(lua_State* L, int status, lua_KContext) {
  Work& work = work_at(L, 1);
  runtime::Scheduler& scheduler = work.host->scheduler();
  scheduler.abandon_scopes_in(work.scope);
  const bool cancelled = work.scope.delivered != 0;
  scheduler.close_scope(work.scope);
  bool failed = status != LUA_OK && status != LUA_YIELD;
  const bool is_cancellation = failed && errors::is_kind(L, -1, errors::kCancelled);
  const bool goes_on = is_cancellation && scheduler.current().cancelled;
  if (work.future->spent != 0) work.future->spent = runtime::monotonic_now() - work.future->spent;
  if (is_cancellation && (cancelled || goes_on)) {
    Cell nothing;
    work.future->finish(Future::Result::cancelled, nothing);
  } else {
    if (!failed) failed = !keep_results(L, work, lua_gettop(L) - kHandler);
    if (failed) {
      lua_pushcfunction(L, fail);
      lua_pushvalue(L, 1);
      lua_pushvalue(L, -3);
      if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        Cell nothing;
        work.future->finish(Future::Result::failed, nothing);
      }
    }
  }
  leave_call(work);
  // What the call has locked and left so goes to others.
  runtime::Waiter* waiter = scheduler.current().waiter;
  if (!work.is_stolen && waiter != nullptr && waiter->held.linked()) waiter->hand_on();
  if (goes_on) return lua_error(L);
  lua_settop(L, 1);
  return 0;
}

// run(work): runs the call that was taken                                 [-0, +0, e, waits]
int work_run(lua_State* L) {
  Work& work = work_at(L, 1);
  lua_settop(L, 1);
  luaL_checkstack(L, LUA_MINSTACK, nullptr);
  lua_getiuservalue(L, 1, 1);
  work.scope.cancelled = false;
  work.scope.delivered = 0;
  runtime::Scheduler& scheduler = work.host->scheduler();
  scheduler.open_scope(work.scope, work.host->current_coroutine(), runtime::kForever);
  if (is_to_be_cancelled(work)) {
    scheduler.cancel(work.scope);
    work.host->push_cancelled(L);
    return call_ended(L, LUA_ERRRUN, 0);
  }
  lua_pushcfunction(L, take_call);
  lua_pushvalue(L, 1);
  int status = lua_pcall(L, 1, LUA_MULTRET, kHandler);
  if (status == LUA_OK) {
    status = lua_pcallk(L, lua_gettop(L) - kHandler - 1, LUA_MULTRET, kHandler, 0, call_ended);
  }
  return call_ended(L, status, 0);
}

// --- several calls as one ---

// The innermost call that the running unit is in.
Future* running_call(Host& host) noexcept {
  for (Work* work = t_works; work != nullptr; work = work->outer) {
    if (work->scope.open() && work->scope.unit == &host.scheduler().current()) return work->future;
  }
  return nullptr;
}

// The stack of a chunk: the function, the index of the last argument, and for each call how many
// arguments it has and these. Above them what the call that has just ended returned.
constexpr int kFunction = 1;
constexpr int kLast = 2;

constexpr const char* kNoChunk = "not a call of a pool";

// (results...): appends them
Outcome keep_one(Call& call) {
  Future* future = running_call(call.host);
  if (future == nullptr) return Outcome::raise(errors::kInvalidState, kNoChunk);
  codec::Bytes bytes;
  if (!codec::encode(call.L, lua_gettop(call.L), codec::Origin::results, bytes)) {
    return Outcome::raise_top();
  }
  try {
    future->append(bytes.data(), bytes.size());
  } catch (const std::bad_alloc&) {
    runtime::release_references(bytes.data(), bytes.size());
    throw;
  }
  return Outcome::values(0);
}

// A call has ended.
void keep_above_last(lua_State* L) {
  const auto last = static_cast<int>(lua_tointeger(L, kLast));
  lua_pushcfunction(L, bind<keep_one>);
  lua_insert(L, last + 1);
  lua_call(L, lua_gettop(L) - last - 1, 0);
}

int next_call(lua_State* L, int, lua_KContext at);

int call_at(lua_State* L, lua_KContext at) {
  const auto last = lua_tointeger(L, kLast);
  while (at <= last) {
    const auto count = static_cast<int>(lua_tointeger(L, static_cast<int>(at)));
    luaL_checkstack(L, count + LUA_MINSTACK, nullptr);
    lua_pushvalue(L, kFunction);
    for (int i = 1; i <= count; ++i) lua_pushvalue(L, static_cast<int>(at) + i);
    at += count + 1;
    lua_callk(L, count, LUA_MULTRET, at, next_call);
    keep_above_last(L);
  }
  return 0;
}

int next_call(lua_State* L, int, lua_KContext at) {
  keep_above_last(L);
  return call_at(L, at);
}

// chunk(fn, (count, arguments...)...): calls fn for each of them. Only as a call of a pool; the
// results are appended to its future.                                     [-0, +0, e, waits]
int chunk(lua_State* L) {
  lua_pushinteger(L, lua_gettop(L) + 1);
  lua_insert(L, kLast);
  Future* future = running_call(Host::of(L));
  if (future == nullptr) return luaL_error(L, "%s", kNoChunk);
  future->spent = runtime::monotonic_now();
  return call_at(L, kLast + 1);
}

// --- taking ---

// A Work of a worker of the pool, with a place of its own, on top of the stack.     [-0, +1, m]
Work& push_work(Call& call, Pool& pool, Worker& worker) {
  Work& work = vm::new_object<Work>(call.L, call.host, vm::Type::work, 1);
  lua_pushvalue(call.L, -1);
  lua_pushcclosure(call.L, keep_traceback, 1);
  lua_setiuservalue(call.L, -2, 1);
  work.host = &call.host;
  work.place = &pool.add_place(worker);
  runtime::retain(pool);
  work.pool = &pool;
  work.outer = t_works;
  t_works = &work;
  call.host.on_cancel_work(cancel_work);
  return work;
}

// begin_work(pool, worker) -> Work
Outcome begin_work(Call& call) {
  Pool& pool = pool_self(call);
  const auto granule = static_cast<std::uint32_t>(luaL_checkinteger(call.L, 2));
  push_work(call, pool, *runtime::Ref<Worker>::from_granule(granule));
  return Outcome::values(1);
}

// The call that its place was given is its own now.
void begin_call(Work& work, Future* future) noexcept {
  work.place->begun = true;
  work.future = future;
}

Outcome taken(Call& call, Wake) {
  const auto granule = static_cast<std::uint32_t>(call.node().argument);
  if (granule != 0) begin_call(work_self(call), runtime::Ref<Future>::from_granule(granule).get());
  lua_pushboolean(call.L, granule != 0);
  return Outcome::values(1);
}

// take(work) -> boolean: false when it is to leave                        [-0, +1, e, waits]
Outcome work_take(Call& call) {
  Work& work = work_self(call);
  const vm::Patience patience;
  auto& node = call.prepare(*work.pool, Pool::take_op, 0, patience);
  Pool::place_of(node) = work.place;
  return call.start(patience, "a call for its pool", taken);
}

// __close and __gc
Outcome work_close(Call& call) {
  Work& work = *static_cast<Work*>(lua_touserdata(call.L, 1));
  if (work.pool == nullptr) return Outcome::values(0);
  Work** link = &t_works;
  while (*link != &work) link = &(*link)->outer;
  *link = work.outer;
  if (work.future != nullptr) {  // the state is closed while the call waits
    call.scheduler().close_scope(work.scope);
    // Unless that was asked for the worker has ended itself, as the supervisor will see.
    const bool is_death = !is_to_be_cancelled(work) && !call.scheduler().current().cancelled;
    if (is_death) {
      runtime::drop(*work.pool);
      work.pool = nullptr;
      return Outcome::values(0);
    }
    Cell nothing;
    work.future->finish(Future::Result::cancelled, nothing);
    leave_call(work);
  }
  work.pool->remove_place(*work.place);
  runtime::drop(*work.pool);
  work.pool = nullptr;
  return Outcome::values(0);
}

constexpr luaL_Reg kWorkMethods[] = {
    {"__close", bind<work_close>}, {"__gc", bind<work_close>}, {nullptr, nullptr}};

// --- a call that is waited for where it could run ---

Work* work_for(const Call& call, const Pool* pool) noexcept {
  for (Work* work = t_works; work != nullptr; work = work->outer) {
    if (work->host == &call.host && work->pool == pool) return work;
  }
  return nullptr;
}

// steal(future) -> Work | nil
Outcome steal(Call& call) {
  Future& future = future_self(call);
  Pool& pool = *future.pool;
  Work& work = push_work(call, pool, *work_for(call, &pool)->place->worker);
  work.is_stolen = true;
  if (!pool.steal(future, *work.place)) {
    lua_pushnil(call.L);
  } else {
    begin_call(work, &future);
  }
  return Outcome::values(1);
}

// The stack: the two arguments of the method, then the Work.
int ran_here(lua_State* L, int, lua_KContext method) {
  lua_settop(L, 2);  // which closes the Work
  return reinterpret_cast<lua_CFunction>(method)(L);
}

}  // namespace

bool works_for(const Call& call, const Pool& pool) noexcept {
  return work_for(call, &pool) != nullptr;
}

bool may_run_here(const Call& call, const Future& future) noexcept {
  return t_works != nullptr && future.state.load() == Future::State::pending &&
         call.host.refusal(call.L) == nullptr && work_for(call, future.pool.get()) != nullptr;
}

int run_here(lua_State* L, lua_CFunction method) {
  lua_settop(L, 2);
  lua_pushcfunction(L, bind<steal>);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  const auto context = reinterpret_cast<lua_KContext>(method);
  if (!lua_isnil(L, -1)) {
    lua_toclose(L, 3);
    lua_pushcfunction(L, work_run);
    lua_pushvalue(L, 3);
    lua_callk(L, 1, 0, context, ran_here);
  }
  return ran_here(L, LUA_OK, context);
}

const luaL_Reg kPoolWorkFunctions[] = {{"begin_work", bind<begin_work>},
                                       {"take", bind<work_take>},
                                       {"run", work_run},
                                       {"chunk", chunk},
                                       {nullptr, nullptr}};

void register_pool_work(lua_State* L) {
  vm::register_type(L, vm::Type::work, "braid.Work", kWorkMethods);
  lua_pop(L, 1);
}

}  // namespace braid::stdlib
