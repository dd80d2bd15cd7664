// braid.pool: Future, as scripts see it.
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
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

namespace {

constexpr const char* kWhat = "a Future";

Future& future_at_1(lua_State* L) {
  return static_cast<Future&>(*static_cast<vm::Handle*>(lua_touserdata(L, 1))->object);
}

// A wait for it has ended, but not by itself. Its call goes with who awaits it, where that was
// asked for.
Outcome ended_otherwise(Call& call, Wake wake) {
  if (wake == Wake::timeout) return Outcome::raise(errors::kTimeout, "timeout");
  Future& future = future_at_1(call.L);
  if (wake == Wake::cancelled && future.follows && future.pool) future.pool->cancel(future, true);
  return call.ended_by(wake);
}

// Waits until it is done, then finishes; `method` is the function that this is called by.
Outcome join_then(Call& call, lua_CFunction method, vm::Finish finish) {
  Future& future = future_self(call);
  const Patience patience = call.opt_patience(2);
  if (!patience.immediate && !call.scheduler().current().cancelled) {
    if (future.done()) return finish(call, Wake::ready);
    // What runs here cannot be left when the time is up.
    if (patience.deadline == runtime::kForever && may_run_here(call, future)) {
      return Outcome::go_on(method);
    }
  }
  call.prepare(future, Future::done_op, 0, patience);
  return call.start_always(patience, kWhat, finish);
}

// The text of a call that has no value for an error, as an error of a kind.         [-0, +1, m]
void push_failure(lua_State* L, const Future& future) {
  const Cell& text = future.message;
  if (future.result == Future::Result::failed) {  // not even for the message
    lua_pushliteral(L, "not enough memory");
    return;
  }
  lua_pushlstring(L, reinterpret_cast<const char*>(text.data()), text.size());
  if (future.result == Future::Result::broken) {
    return errors::push_with_message(L, errors::kBrokenPool);
  }
  lua_pushfstring(L, " while it ran call %I", static_cast<LUAI_UACINT>(future.number));
  lua_concat(L, 2);
  errors::push_with_message(L, errors::kWorkerDied);
  lua_pushinteger(L, future.exit_code);
  lua_setfield(L, -2, "exitcode");
}

// The results of a call that has returned, or the error of one that has not.        [-0, +n, e]
int push_values(lua_State* L, const Future& future) {
  switch (future.result) {
    case Future::Result::failed:
      if (future.message.empty()) break;
      [[fallthrough]];
    case Future::Result::returned:
      return codec::decode(L, future.message.data(), future.message.size());
    case Future::Result::cancelled: errors::push(L, errors::kCancelled, "cancelled"); return 1;
    default: break;
  }
  push_failure(L, future);
  return 1;
}

// The traceback of the error where it was raised, or nil.                           [-0, +1, m]
void push_traceback(lua_State* L, const Future& future) {
  if (future.done() && future.traceback) {
    const Message& text = *future.traceback;
    lua_pushlstring(L, reinterpret_cast<const char*>(text.bytes()), text.size);
  } else {
    lua_pushnil(L);
  }
}

int return_or_raise(lua_State* L) {
  Future& future = future_at_1(L);
  future.taken.store(true);
  const int count = push_values(L, future);
  if (future.result == Future::Result::returned) return count;
  luaL_checkstack(L, 2, nullptr);
  lua_pushvalue(L, -1);
  push_traceback(L, future);
  vm::Host::of(L).set_origin(L, "future");
  return lua_error(L);
}

Outcome give_result(Call& call, Wake wake) {
  if (wake != Wake::ready) return ended_otherwise(call, wake);
  const Future& future = future_at_1(call.L);
  if (future.result == Future::Result::returned &&
      codec::decode_simple(call.L, future.message.data(), future.message.size())) {
    return Outcome::values(1);
  }
  return Outcome::go_on(return_or_raise);
}

int run_for_result(lua_State* L);

// future:result([timeout]) -> values...                                  [-0, +n, e, waits]
Outcome future_result(Call& call) { return join_then(call, run_for_result, give_result); }

int run_for_result(lua_State* L) { return run_here(L, bind<future_result>); }

int return_error(lua_State* L) {
  Future& future = future_at_1(L);
  if (future.result == Future::Result::cancelled) return return_or_raise(L);
  future.taken.store(true);
  if (future.result != Future::Result::returned) return push_values(L, future);
  lua_pushnil(L);
  return 1;
}

int run_for_exception(lua_State* L);

// future:exception([timeout]) -> error | nil                             [-0, +1, e, waits]
Outcome future_exception(Call& call) {
  return join_then(call, run_for_exception, [](Call& after, Wake wake) {
    return wake == Wake::ready ? Outcome::go_on(return_error) : ended_otherwise(after, wake);
  });
}

int run_for_exception(lua_State* L) { return run_here(L, bind<future_exception>); }

int run_for_join(lua_State* L);

// future:join([timeout]) -> boolean                                      [-0, +1, e, waits]
Outcome future_join(Call& call) {
  return join_then(call, run_for_join, [](Call& after, Wake wake) {
    if (wake != Wake::ready && wake != Wake::timeout) return after.ended_by(wake);
    lua_pushboolean(after.L, wake == Wake::ready);
    return Outcome::values(1);
  });
}

int run_for_join(lua_State* L) { return run_here(L, bind<future_join>); }

// future:traceback() -> string | nil
Outcome future_traceback(Call& call) {
  push_traceback(call.L, future_self(call));
  return Outcome::values(1);
}

// future:done() -> boolean
Outcome future_done(Call& call) {
  lua_pushboolean(call.L, future_self(call).done());
  return Outcome::values(1);
}

// future:running() -> boolean
Outcome future_running(Call& call) {
  lua_pushboolean(call.L, future_self(call).state.load() == Future::State::running);
  return Outcome::values(1);
}

// future:cancelled() -> boolean
Outcome future_cancelled(Call& call) {
  const Future& future = future_self(call);
  lua_pushboolean(call.L, future.done() && future.result == Future::Result::cancelled);
  return Outcome::values(1);
}

// future:cancel([{running=}]) -> boolean: false when it is done, or runs and may go on
Outcome future_cancel(Call& call) {
  Future& future = future_self(call);
  bool running = false;
  if (!lua_isnoneornil(call.L, 2)) {
    luaL_checktype(call.L, 2, LUA_TTABLE);
    lua_getfield(call.L, 2, "running");
    running = lua_toboolean(call.L, -1) != 0;
  }
  const bool was_cancelled = future.done() && future.result == Future::Result::cancelled;
  lua_pushboolean(call.L, was_cancelled || (future.pool && future.pool->cancel(future, running)));
  return Outcome::values(1);
}

int call_back(lua_State* L) {
  lua_settop(L, 2);
  lua_insert(L, 1);
  lua_callk(L, 1, 0, 0, [](lua_State*, int, lua_KContext) { return 0; });
  return 0;
}

// (future, fn): the task that a callback is
Outcome wait_and_call_back(Call& call) {
  lua_settop(call.L, 2);
  call.prepare(future_self(call), Future::done_op, 0, {});
  return call.start({}, kWhat, [](Call&, Wake) { return Outcome::go_on(call_back); });
}

// future:add_done_callback(fn): fn(future) runs as a task of this thread, soon after the end
Outcome future_add_done_callback(Call& call) {
  (void)future_self(call);
  call.check_callable(2);
  lua_settop(call.L, 2);
  lua_pushcfunction(call.L, bind<wait_and_call_back>);
  lua_insert(call.L, 1);
  call.host.spawn(call.L, 2).callback = true;
  return Outcome::values(0);
}

Outcome future_tostring(Call& call) {
  const Future& future = future_self(call);
  static constexpr const char* kResults[] = {"done",      "returned", "failed",
                                             "cancelled", "failed",   "failed"};
  const auto state = future.state.load();
  lua_pushfstring(call.L, "Future (%s)",
                  state == Future::State::pending ? "pending"
                  : state == Future::State::running
                      ? "running"
                      : kResults[static_cast<int>(Future::Result{future.result})]);
  return Outcome::values(1);
}

// --- for task.lua and pool.lua ---

// is_future(value) -> boolean
Outcome is_future(Call& call) {
  lua_pushboolean(call.L, vm::to_shared<Future>(call, ObjectKind::future, 1) != nullptr);
  return Outcome::values(1);
}

// follow(future) -> future: it is cancelled when a wait for its result is
Outcome follow(Call& call) {
  future_self(call).follows = true;
  lua_settop(call.L, 1);
  return Outcome::values(1);
}

// failed(future) -> has it ended with an error?
Outcome future_failed(Call& call) {
  const Future& future = future_self(call);
  lua_pushboolean(call.L, future.done() && future.result != Future::Result::returned &&
                              future.result != Future::Result::cancelled);
  return Outcome::values(1);
}

// appended(future, offset) -> the next offset, values... | nil: what a chunk has for one call
int appended(lua_State* L) {
  auto offset = static_cast<std::size_t>(lua_tointeger(L, 2));
  const auto one = future_at_1(L).appended(offset);
  if (one.empty()) return 0;
  lua_pushinteger(L, static_cast<lua_Integer>(offset));
  return 1 + codec::decode(L, one.data(), one.size());
}

// spent(future) -> seconds that a chunk took
Outcome spent(Call& call) {
  lua_pushnumber(call.L, static_cast<double>(future_self(call).spent) /
                             static_cast<double>(runtime::kNanosPerSecond));
  return Outcome::values(1);
}

// forgive(future): nobody will ask for its error, and it is not to be reported
Outcome forgive(Call& call) {
  future_self(call).taken.store(true);
  return Outcome::values(0);
}

// raise_timeout()
Outcome raise_timeout(Call&) { return Outcome::raise(errors::kTimeout, "timeout"); }

// may_help(future) -> would waiting for it run it here?
Outcome may_help(Call& call) {
  lua_pushboolean(call.L, may_run_here(call, future_self(call)));
  return Outcome::values(1);
}

int run_for_await(lua_State* L);

// What was cancelled with who awaits it has ended, one way or another.
Outcome unwound(Call& call, Wake wake) {
  const bool cancelled = future_at_1(call.L).result == Future::Result::cancelled;
  return cancelled ? Outcome::cancelled() : give_result(call, wake);
}

// await(future) -> values...: the task that stands for a future. Cancelled, it cancels the call and
// waits until that has unwound.
Outcome await(Call& call) {
  Future& future = future_self(call);
  if (may_run_here(call, future)) return Outcome::go_on(run_for_await);
  const Patience patience;
  call.prepare(future, Future::done_op, 0, patience);
  return call.start_always(patience, kWhat, [](Call& after, Wake wake) {
    if (wake != Wake::cancelled) return give_result(after, wake);
    Future& cancelled = future_at_1(after.L);
    if (cancelled.pool) cancelled.pool->cancel(cancelled, true);
    after.prepare(cancelled, Future::done_op, 0, {});
    return after.start({}, kWhat, unwound, runtime::OnCancel::stay);
  });
}

int run_for_await(lua_State* L) { return run_here(L, bind<await>); }

}  // namespace

bool encode_cell(lua_State* L, int count, codec::Origin origin, Cell& cell) {
  codec::Bytes bytes;
  if (!codec::encode(L, count, origin, bytes)) return false;
  try {
    std::memcpy(cell.make(bytes.size(), false), bytes.data(), bytes.size());
  } catch (const std::bad_alloc&) {
    runtime::release_references(bytes.data(), bytes.size());
    throw;
  }
  return true;
}

namespace {

// The value on top of the stack, which is popped, or in its place the error of its refusal.
bool encode_error(lua_State* L, Cell& cell) noexcept {
  const int top = lua_gettop(L);
  bool done = false;
  try {
    done = encode_cell(L, 1, codec::Origin::results, cell);
  } catch (const std::bad_alloc&) {
    cell.forget();
    done = true;
  }
  lua_settop(L, top - 1);
  return done;
}

Message* text_message(lua_State* L, int index) noexcept {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  try {
    return runtime::make_message(reinterpret_cast<const std::byte*>(text), size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

void fail_future(lua_State* L, Future& future, Message* traceback) {
  future.traceback = traceback;
  luaL_checkstack(L, 8, nullptr);
  errors::push_text(L, -1);
  const int text = lua_gettop(L);
  future.report = text_message(L, text);
  lua_pushvalue(L, text - 1);
  Cell cell;
  if (!encode_error(L, cell)) {
    lua_pushvalue(L, text);
    errors::push_with_message(L, errors::kRemote);
    encode_error(L, cell);
  }
  if (!future.finish(Future::Result::failed, cell)) cell.drop();
  lua_settop(L, text - 2);
}

const luaL_Reg kFutureMethods[] = {{"result", bind<future_result>},
                                   {"exception", bind<future_exception>},
                                   {"join", bind<future_join>},
                                   {"traceback", bind<future_traceback>},
                                   {"done", bind<future_done>},
                                   {"running", bind<future_running>},
                                   {"cancelled", bind<future_cancelled>},
                                   {"cancel", bind<future_cancel>},
                                   {"add_done_callback", bind<future_add_done_callback>},
                                   {"__tostring", bind<future_tostring>},
                                   {nullptr, nullptr}};

const luaL_Reg kFutureFunctions[] = {{"is_future", bind<is_future>},
                                     {"follow", bind<follow>},
                                     {"future_failed", bind<future_failed>},
                                     {"await", bind<await>},
                                     {"appended", appended},
                                     {"spent", bind<spent>},
                                     {"may_help", bind<may_help>},
                                     {"forgive", bind<forgive>},
                                     {"raise_timeout", bind<raise_timeout>},
                                     {nullptr, nullptr}};

}  // namespace braid::stdlib
