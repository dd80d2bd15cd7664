#include "stdlib/local_queue.hpp"

#include "stdlib/modules.hpp"
#include "stdlib/select.hpp"
#include "vm/call.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {

using runtime::WaitNode;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

namespace {

char g_nothing;  // in the table of those who wait: nothing, or nothing any more
char g_nil;      // there: a nil

constexpr int kRing = 1;  // user values
constexpr int kWaiting = 2;

void* key_of(const WaitNode& node) noexcept { return const_cast<WaitNode*>(&node); }

// waiting[node] = the value at `value`, for which there is an entry already or memory.
void set_entry(lua_State* L, int self, const WaitNode& node, int value) {
  lua_getiuservalue(L, self, kWaiting);
  if (value == 0) {
    lua_pushlightuserdata(L, &g_nothing);
  } else if (lua_isnil(L, value)) {
    lua_pushlightuserdata(L, &g_nil);
  } else {
    lua_pushvalue(L, value);
  }
  lua_rawsetp(L, -2, key_of(node));
  lua_pop(L, 1);
}

// Pushes waiting[node]; false, and nothing, when it is empty.
bool push_entry(lua_State* L, int self, const WaitNode& node) {
  lua_getiuservalue(L, self, kWaiting);
  lua_rawgetp(L, -1, key_of(node));
  lua_remove(L, -2);
  const void* mark = lua_touserdata(L, -1);
  if (mark == &g_nothing) {
    lua_pop(L, 1);
    return false;
  }
  if (mark == &g_nil) {
    lua_pushnil(L);
    lua_replace(L, -2);
  }
  return true;
}

}  // namespace

void LocalQueue::grow(lua_State* L, int self) {
  const std::size_t room = room_ == 0 ? kFirstRoom : room_ * 2;
  if (room > INT32_MAX) luaL_error(L, "not enough memory");
  lua_createtable(L, static_cast<int>(room), 0);
  lua_getiuservalue(L, self, kRing);
  for (std::size_t i = 0; i < count_; ++i) {
    lua_rawgeti(L, -1, static_cast<lua_Integer>((head_ + i) & (room_ - 1)) + 1);
    lua_rawseti(L, -3, static_cast<lua_Integer>(i) + 1);
  }
  lua_pop(L, 1);
  lua_setiuservalue(L, self, kRing);
  head_ = 0;
  room_ = room;
}

void LocalQueue::store(lua_State* L, int self, int value) {
  if (count_ == room_) grow(L, self);
  lua_getiuservalue(L, self, kRing);
  lua_pushvalue(L, value);
  lua_rawseti(L, -2, static_cast<lua_Integer>((head_ + count_) & (room_ - 1)) + 1);
  lua_pop(L, 1);
  ++count_;
}

bool LocalQueue::put(lua_State* L, int self, int value) {
  if (WaitNode* getter = claim_one(getters)) {
    set_entry(L, self, *getter, value);
    wake_one(*getter);
  } else {
    if (full()) return false;
    store(L, self, value);
  }
  ++unfinished;
  return true;
}

bool LocalQueue::get(lua_State* L, int self) {
  if (count_ == 0) return false;
  const auto place = static_cast<lua_Integer>(head_) + 1;
  lua_getiuservalue(L, self, kRing);
  lua_rawgeti(L, -1, place);
  lua_pushnil(L);
  lua_rawseti(L, -3, place);
  lua_replace(L, -2);
  head_ = (head_ + 1) & (room_ - 1);
  --count_;
  if (putters.first() != nullptr) admit_putter(L, self);
  return true;
}

// There is room for one, and the ring has a place for it.
void LocalQueue::admit_putter(lua_State* L, int self) {
  WaitNode* putter = claim_one(putters);
  if (putter == nullptr) return;
  push_entry(L, self, *putter);
  store(L, self, lua_gettop(L));
  lua_pop(L, 1);
  set_entry(L, self, *putter, 0);
  ++unfinished;
  wake_one(*putter);
}

void LocalQueue::expect(lua_State* L, int self, const WaitNode& node, int value) {
  if (lua_getiuservalue(L, self, kWaiting) == LUA_TNIL) {
    lua_newtable(L);
    lua_setiuservalue(L, self, kWaiting);
  }
  lua_pop(L, 1);
  set_entry(L, self, node, value);
}

bool LocalQueue::collect(lua_State* L, int self, const WaitNode& node) {
  const bool something = push_entry(L, self, node);
  lua_getiuservalue(L, self, kWaiting);
  lua_pushnil(L);
  lua_rawsetp(L, -2, key_of(node));
  lua_pop(L, 1);
  return something;
}

void LocalQueue::close() noexcept {
  closed_ = true;
  getters.notify_all();
  putters.notify_all();
}

bool LocalQueue::task_done() noexcept {
  if (unfinished == 0) return false;
  if (--unfinished == 0) joiners.notify_all();
  return true;
}

// --- bindings ---

namespace {

LocalQueue& self_of(const Call& call) {
  if (LocalQueue* queue = to_local_queue(call.L, 1)) return *queue;
  luaL_typeerror(call.L, 1, "LocalQueue");
  __builtin_unreachable();
}

// LocalQueue([maxsize]) -> LocalQueue                                        [-0, +1, v]
Outcome make(Call& call) {
  const lua_Integer maxsize = luaL_optinteger(call.L, 1, 0);
  auto& queue = vm::new_object<LocalQueue>(call.L, call.host, vm::Type::local_queue, 2);
  queue.limit(maxsize > 0 ? static_cast<std::size_t>(maxsize) : SIZE_MAX);
  return Outcome::values(1);
}

Outcome nothing(Call& call, const char* why) {
  lua_pushnil(call.L);
  lua_pushstring(call.L, why);
  return Outcome::values(2);
}

Outcome raise_closed() { return Outcome::raise(errors::kClosed, "the queue is closed"); }

// The running unit waits in `list`, whatever ends that.
Outcome wait(Call& call, runtime::WaitList& list, const Patience& patience, const char* what,
             vm::Finish finish) {
  call.scheduler().park(&list, patience.deadline, runtime::OnCancel::raise, what);
  call.scheduler().current().finishes_always = true;
  return Outcome::park(finish);
}

Outcome put_ended(Call& call, Wake wake) {
  const bool left = self_of(call).collect(call.L, 1, call.scheduler().current());
  if (wake != Wake::ready && wake != Wake::timeout) return call.ended_by(wake);
  lua_pushboolean(call.L, !left);
  if (!left) return Outcome::values(1);
  if (wake == Wake::ready) return raise_closed();
  lua_pushliteral(call.L, "timeout");
  return Outcome::values(2);
}

// queue:put(value[, timeout]) -> true | false, "timeout"                     [-0, +1|2, e, waits]
Outcome put_for(Call& call, const Patience& patience, const char* why) {
  LocalQueue& queue = self_of(call);
  luaL_checkany(call.L, 2);
  if (!patience.immediate && call.scheduler().current().cancelled) return Outcome::cancelled();
  if (queue.closed()) return raise_closed();
  const bool done = queue.put(call.L, 1, 2);
  if (done || patience.immediate) {
    lua_pushboolean(call.L, done);
    if (done) return Outcome::values(1);
    lua_pushstring(call.L, why);
    return Outcome::values(2);
  }
  queue.expect(call.L, 1, call.scheduler().current(), 2);
  return wait(call, queue.putters, patience, "room in a LocalQueue", put_ended);
}

Outcome local_put(Call& call) { return put_for(call, call.opt_patience(3), "timeout"); }

// queue:put_nowait(value) -> true | false, "full"                            [-0, +1|2, e]
Outcome local_put_nowait(Call& call) { return put_for(call, {0, true}, "full"); }

Outcome get_ended(Call& call, Wake wake) {
  const bool got = self_of(call).collect(call.L, 1, call.scheduler().current());
  if (wake != Wake::ready && wake != Wake::timeout) return call.ended_by(wake);
  if (got) return Outcome::values(1);
  return nothing(call, wake == Wake::ready ? "closed" : "timeout");
}

// queue:get([timeout]) -> value | nil, "timeout" | nil, "closed"             [-0, +1|2, e, waits]
Outcome get_for(Call& call, const Patience& patience, const char* why) {
  LocalQueue& queue = self_of(call);
  if (!patience.immediate && call.scheduler().current().cancelled) return Outcome::cancelled();
  if (queue.get(call.L, 1)) return Outcome::values(1);
  if (queue.closed()) return nothing(call, "closed");
  if (patience.immediate) return nothing(call, why);
  queue.expect(call.L, 1, call.scheduler().current(), 0);
  return wait(call, queue.getters, patience, "a message in a LocalQueue", get_ended);
}

Outcome local_get(Call& call) { return get_for(call, call.opt_patience(2), "timeout"); }

// queue:get_nowait() -> value | nil, "empty" | nil, "closed"                 [-0, +1|2, e]
Outcome local_get_nowait(Call& call) { return get_for(call, {0, true}, "empty"); }

Outcome local_qsize(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(self_of(call).size()));
  return Outcome::values(1);
}

Outcome local_empty(Call& call) {
  lua_pushboolean(call.L, self_of(call).size() == 0);
  return Outcome::values(1);
}

Outcome local_full(Call& call) {
  lua_pushboolean(call.L, self_of(call).full());
  return Outcome::values(1);
}

Outcome local_close(Call& call) {
  self_of(call).close();
  return Outcome::values(0);
}

Outcome local_task_done(Call& call) {
  if (self_of(call).task_done()) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, "task_done called more often than there were puts");
}

// queue:join([timeout]) -> boolean                                           [-0, +1, e, waits]
Outcome local_join(Call& call) {
  LocalQueue& queue = self_of(call);
  const Patience patience = call.opt_patience(2);
  const vm::Finish finish = [](Call& after, Wake wake) {
    lua_pushboolean(after.L, wake == Wake::ready);
    return Outcome::values(1);
  };
  if (queue.unfinished == 0) return finish(call, Wake::ready);
  return call.wait(&queue.joiners, patience, "a LocalQueue's tasks", finish);
}

Outcome local_join_thread(Call& call) {
  (void)self_of(call);
  return Outcome::values(0);
}

Outcome local_tostring(Call& call) {
  lua_pushfstring(call.L, "LocalQueue: %p", static_cast<void*>(&self_of(call)));
  return Outcome::values(1);
}

constexpr luaL_Reg kMethods[] = {{"put", bind<local_put>},
                                 {"put_nowait", bind<local_put_nowait>},
                                 {"get", bind<local_get>},
                                 {"get_nowait", bind<local_get_nowait>},
                                 {"qsize", bind<local_qsize>},
                                 {"empty", bind<local_empty>},
                                 {"full", bind<local_full>},
                                 {"close", bind<local_close>},
                                 {"task_done", bind<local_task_done>},
                                 {"join", bind<local_join>},
                                 {"join_thread", bind<local_join_thread>},
                                 {"cancel_join_thread", bind<local_join_thread>},
                                 {"__close", bind<local_close>},
                                 {"__tostring", bind<local_tostring>},
                                 {nullptr, nullptr}};

}  // namespace

LocalQueue* to_local_queue(lua_State* L, int index) noexcept {
  if (lua_rawlen(L, index) != sizeof(LocalQueue)) return nullptr;
  auto* queue = static_cast<LocalQueue*>(lua_touserdata(L, index));
  return queue != nullptr && queue->mark == LocalQueue::kMark ? queue : nullptr;
}

int local_queue_new(lua_State* L) { return bind<make>(L); }

void register_local_queue(lua_State* L) {
  vm::register_type(L, vm::Type::local_queue, "LocalQueue", kMethods);
}

}  // namespace braid::stdlib
