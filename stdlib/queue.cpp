// braid.queue: the queues that every unit sees. LocalQueue, select, and what takes or gives several
// messages at once have files of their own.
#include "channel/queue.hpp"

#include "lua_sources.hpp"
#include "stdlib/handles.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/queue_message.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::Hand;
using runtime::ObjectKind;
using runtime::Queue;
using runtime::SharedWaitNode;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

using Discipline = Queue::Discipline;

Queue& self(const Call& call) { return vm::shared<Queue>(call, ObjectKind::queue, "Queue"); }

// --- making one ---

// nil, 0 and less = unbounded.
std::uint64_t read_maxsize(lua_State* L, int index) {
  const lua_Integer maxsize = luaL_optinteger(L, index, 0);
  return maxsize > 0 ? static_cast<std::uint64_t>(maxsize) : Queue::kUnbounded;
}

// {maxsize=, rendezvous=}
std::uint64_t read_options(lua_State* L, bool may_meet) {
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    const char* key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    const std::string_view name(key);
    if (name == "maxsize" || (may_meet && name == "rendezvous")) continue;
    lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, nullptr));
    luaL_argerror(L, 1, lua_tostring(L, -1));
  }
  lua_getfield(L, 1, "rendezvous");
  lua_getfield(L, 1, "maxsize");
  luaL_argcheck(L, lua_isnoneornil(L, -2) || lua_isboolean(L, -2), 1,
                "rendezvous: boolean expected");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_isinteger(L, -1), 1, "maxsize: integer expected");
  const std::uint64_t maxsize = read_maxsize(L, -1);
  if (!lua_toboolean(L, -2)) return maxsize;
  luaL_argcheck(L, maxsize == Queue::kUnbounded, 1, "a rendezvous has no maxsize");
  return 0;
}

// Queue([maxsize | options]) -> Queue, and its sisters                       [-0, +1, v]
template <Discipline discipline>
Outcome queue_new(Call& call) {
  const std::uint64_t capacity = lua_istable(call.L, 1)
                                     ? read_options(call.L, discipline == Discipline::fifo)
                                     : read_maxsize(call.L, 1);
  vm::make_shared<Queue>(call, ObjectKind::queue, discipline, capacity);
  return Outcome::values(1);
}

// SimpleQueue() -> Queue without bound
Outcome simple_queue_new(Call& call) {
  luaL_argcheck(call.L, lua_isnoneornil(call.L, 1), 1, "a SimpleQueue has no options");
  vm::make_shared<Queue>(call, ObjectKind::queue, Discipline::fifo, Queue::kUnbounded);
  return Outcome::values(1);
}

// --- put ---

Outcome put_ended(Call& call, Wake wake, const char* why) {
  SharedWaitNode& node = call.node();
  if (wake != Wake::ready) {
    Queue::message(node).drop();
    lua_pushboolean(call.L, 0);
    lua_pushstring(call.L, why);
    return Outcome::values(2);
  }
  if (node.argument != Queue::kDone) {
    Queue::message(node).drop();
    return put_result(call, node.argument);
  }
  lua_pushboolean(call.L, 1);
  return Outcome::values(1);
}

Outcome put(Call& call, const Patience& patience, vm::Finish finish) {
  Queue& queue = self(call);
  luaL_checkany(call.L, 2);
  check_sort_key(call.L, queue, 2);
  lua_settop(call.L, 2);
  Hand own;
  Hand& hand = is_short(call.L, 2) ? own : runtime::take_hand(call.scheduler().record(), own);
  if (!encode_to_hand(call, queue, hand)) return Outcome::raise_top();
  // Most have room, and nothing more to do.
  Queue::Result result{};
  if ((patience.immediate || !call.scheduler().current().cancelled) &&
      queue.put_some(&hand.cell, 1, result) == 1) {
    runtime::leave_hand(hand);
    lua_pushboolean(call.L, 1);
    return Outcome::values(1);
  }
  move_to_node(call, queue, Queue::put_op, patience, hand);
  const Outcome outcome = call.start(patience, "room in a Queue", finish);
  // Refused before it began.
  if (outcome.kind != Outcome::Kind::park) Queue::message(call.node()).drop();
  return outcome;
}

// queue:put(value[, timeout]) -> true | false, "timeout"                     [-0, +1|2, e, waits]
Outcome queue_put(Call& call) {
  return put(call, call.opt_patience(3),
             [](Call& after, Wake wake) { return put_ended(after, wake, "timeout"); });
}

// queue:put_nowait(value) -> true | false, "full"                            [-0, +1|2, e]
Outcome queue_put_nowait(Call& call) {
  return put(call, {0, true},
             [](Call& after, Wake wake) { return put_ended(after, wake, "full"); });
}

// --- get ---

Outcome nothing(Call& call, const char* why) {
  lua_pushnil(call.L);
  lua_pushstring(call.L, why);
  return Outcome::values(2);
}

// The value of a message; in a loop nil would be the end, so it is an error there.
template <bool in_loop>
Outcome deliver(Call& call, Hand& hand) {
  const Outcome outcome = receive_message(call, 1, hand);
  if (!in_loop || outcome.kind != Outcome::Kind::values || !lua_isnil(call.L, -1)) return outcome;
  luaL_where(call.L, 1);
  lua_pushliteral(call.L, "a nil message would end the loop: use get");
  lua_concat(call.L, 2);
  return Outcome::raise_top();
}

template <bool in_loop = false>
Outcome get_ended(Call& call, Wake wake, const char* why) {
  if (wake != Wake::ready) return nothing(call, why);
  SharedWaitNode& node = call.node();
  if (node.argument == Queue::kClosed) return nothing(call, "closed");
  Hand own;
  Hand& hand = runtime::take_hand(call.scheduler().record(), own);
  hand.come_from(self(call));
  hand.take_from(node);
  return deliver<in_loop>(call, hand);
}

template <bool in_loop = false>
Outcome get(Call& call, const Patience& patience, vm::Finish finish) {
  Queue& queue = self(call);
  Hand own;
  Hand& hand = runtime::take_hand(call.scheduler().record(), own);
  hand.come_from(queue);
  if ((patience.immediate || !call.scheduler().current().cancelled) &&
      queue.get_some(&hand.cell, 1) == 1) {
    return deliver<in_loop>(call, hand);
  }
  runtime::leave_hand(hand);
  Queue::message(call.prepare(queue, Queue::get_op, 0, patience)).forget();
  return call.start(patience, "a message in a Queue", finish);
}

// queue:get([timeout]) -> value | nil, "timeout" | nil, "closed"             [-0, +1|2, e, waits]
Outcome queue_get(Call& call) {
  return get(call, call.opt_patience(2),
             [](Call& after, Wake wake) { return get_ended(after, wake, "timeout"); });
}

// queue:get_nowait() -> value | nil, "empty" | nil, "closed"                 [-0, +1|2, e]
Outcome queue_get_nowait(Call& call) {
  return get(call, {0, true},
             [](Call& after, Wake wake) { return get_ended(after, wake, "empty"); });
}

// next(queue) -> value | nil when it is closed and empty                     [-0, +1|2, e, waits]
Outcome iterate(Call& call) {
  return get<true>(call, {},
                   [](Call& after, Wake wake) { return get_ended<true>(after, wake, "closed"); });
}

// queue:iter() -> next, queue                                                [-0, +2, v]
Outcome queue_iter(Call& call) {
  (void)self(call);
  lua_pushcfunction(call.L, bind<iterate>);
  lua_pushvalue(call.L, 1);
  return Outcome::values(2);
}

// --- the rest ---

// queue:qsize() -> how many messages are there
Outcome queue_qsize(Call& call) {
  lua_pushinteger(call.L, static_cast<lua_Integer>(self(call).size()));
  return Outcome::values(1);
}

Outcome queue_empty(Call& call) {
  lua_pushboolean(call.L, self(call).size() == 0);
  return Outcome::values(1);
}

Outcome queue_full(Call& call) {
  lua_pushboolean(call.L, self(call).full());
  return Outcome::values(1);
}

// queue:close(), also __close
Outcome queue_close(Call& call) {
  self(call).close();
  return Outcome::values(0);
}

// queue:task_done()
Outcome queue_task_done(Call& call) {
  if (self(call).task_done()) return Outcome::values(0);
  return Outcome::raise(errors::kInvalidState, "task_done called more often than there were puts");
}

// queue:join([timeout]) -> boolean                                           [-0, +1, e, waits]
Outcome queue_join(Call& call) {
  const Patience patience = call.opt_patience(2);
  return call.operate(self(call), Queue::join_op, 0, patience, "a Queue's tasks",
                      [](Call& after, Wake wake) {
                        lua_pushboolean(after.L, wake == Wake::ready);
                        return Outcome::values(1);
                      });
}

// queue:join_thread(), queue:cancel_join_thread(): there is no such thread
Outcome queue_join_thread(Call& call) {
  (void)self(call);
  return Outcome::values(0);
}

constexpr luaL_Reg kMethods[] = {{"put", bind<queue_put>},
                                 {"put_nowait", bind<queue_put_nowait>},
                                 {"get", bind<queue_get>},
                                 {"get_nowait", bind<queue_get_nowait>},
                                 {"qsize", bind<queue_qsize>},
                                 {"empty", bind<queue_empty>},
                                 {"full", bind<queue_full>},
                                 {"close", bind<queue_close>},
                                 {"put_many", queue_put_many},
                                 {"get_many", queue_get_many},
                                 {"iter", bind<queue_iter>},
                                 {"task_done", bind<queue_task_done>},
                                 {"join", bind<queue_join>},
                                 {"join_thread", bind<queue_join_thread>},
                                 {"cancel_join_thread", bind<queue_join_thread>},
                                 {"__close", bind<queue_close>},
                                 {nullptr, nullptr}};

constexpr luaL_Reg kFunctions[] = {{"Queue", bind<queue_new<Discipline::fifo>>},
                                   {"JoinableQueue", bind<queue_new<Discipline::fifo>>},
                                   {"LifoQueue", bind<queue_new<Discipline::lifo>>},
                                   {"PriorityQueue", bind<queue_new<Discipline::priority>>},
                                   {"SimpleQueue", bind<simple_queue_new>},
                                   {"LocalQueue", local_queue_new},
                                   {"select", select},
                                   {nullptr, nullptr}};

}  // namespace

int load_queue(lua_State* L) {
  register_batch(L);
  register_selection(L);
  register_shared(L, ObjectKind::queue, kMethods);
  lua_pop(L, 1);
  register_local_queue(L);  // the metatable, for queue.lua to add to
  run_embedded(L, lua_queue, "=braid.queue", 1, 0);
  luaL_newlib(L, kFunctions);
  return 1;
}

}  // namespace braid::stdlib
