// braid.sync: Barrier. Its action is kept encoded, for parties in other states; sync.lua keeps the
// function itself for those in the state that made the barrier.
#include "sync/barrier.hpp"

#include <cmath>
#include <limits>

#include "stdlib/sync.hpp"

namespace braid::stdlib {

extern const char kFindAction = 0;

namespace {

using runtime::Barrier;
using runtime::ObjectKind;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
namespace errors = vm::errors;

Barrier& self(const Call& call) {
  return vm::shared<Barrier>(call, ObjectKind::barrier, "Barrier");
}

// Encodes the function on top of the stack. What cannot travel may still be the action where it is.
void keep_action(Call& call, Barrier& barrier) {
  const int top = lua_gettop(call.L);
  barrier.action = make_message(call.L, 1, codec::Origin::value);
  barrier.action_travels = static_cast<bool>(barrier.action);
  if (!barrier.action) {
    std::size_t size = 0;
    const char* text = lua_tolstring(call.L, -1, &size);
    if (text == nullptr) text = "it cannot be sent", size = std::strlen(text);
    barrier.action = runtime::make_message(reinterpret_cast<const std::byte*>(text), size);
  }
  lua_settop(call.L, top);
}

// Barrier(parties[, action[, timeout]]) -> Barrier                        [-0, +1, e]
Outcome barrier_new(Call& call) {
  constexpr lua_Integer kMost = std::numeric_limits<std::int32_t>::max();
  const lua_Integer parties = luaL_checkinteger(call.L, 1);
  luaL_argcheck(call.L, parties > 0, 1, "must be positive");
  luaL_argcheck(call.L, parties <= kMost, 1, "too many parties");
  const bool acts = !lua_isnoneornil(call.L, 2);
  if (acts) call.check_callable(2);
  const double timeout =
      lua_isnoneornil(call.L, 3) ? std::numeric_limits<double>::infinity() : call.seconds(3);
  lua_settop(call.L, 3);
  auto& barrier = vm::make_shared<Barrier>(call, ObjectKind::barrier,
                                           static_cast<std::uint32_t>(parties), acts, timeout);
  if (!acts) return Outcome::values(1);
  lua_pushvalue(call.L, 2);
  keep_action(call, barrier);
  lua_pop(call.L, 1);
  lua_rawgetp(call.L, LUA_REGISTRYINDEX, &kFindAction);
  lua_pushvalue(call.L, 4);
  lua_pushvalue(call.L, 2);
  lua_call(call.L, 2, 0);
  return Outcome::values(1);
}

// --- wait ---

// In the stack of a wait whose party may have to act: made before it waits, armed when it acts.
struct Acting {
  runtime::Ref<Barrier> barrier;
  lua_Integer index = 0;   // of the party
  std::uint64_t mark = 0;  // Scheduler::mark() when the action began
};
constexpr int kActing = 3;

// __close: the action has not come to its end. Who is cancelled leaves it to another party.
int close_acting(lua_State* L) {
  auto& acting = *static_cast<Acting*>(lua_touserdata(L, 1));
  if (!acting.barrier) return 0;
  const bool leaves = vm::Host::of(L).scheduler().unwinding_since(acting.mark);
  acting.barrier->acted(leaves ? Barrier::Action::left : Barrier::Action::failed);
  acting.barrier = nullptr;
  return 0;
}

void push_acting(lua_State* L) {
  new (lua_newuserdatauv(L, sizeof(Acting), 0)) Acting;
  if (luaL_newmetatable(L, "braid.Acting")) {
    lua_pushcfunction(L, close_acting);
    lua_setfield(L, -2, "__close");
  }
  lua_setmetatable(L, -2);
}

Outcome broken() { return Outcome::raise(errors::kBrokenBarrier, "the barrier is broken"); }

Outcome has_acted(Call& call) {
  auto& acting = *static_cast<Acting*>(lua_touserdata(call.L, kActing));
  Barrier& barrier = *acting.barrier;
  acting.barrier = nullptr;
  if (!barrier.acted(Barrier::Action::done)) return broken();
  lua_pushinteger(call.L, acting.index);
  return Outcome::values(1);
}

int after_action(lua_State* L, int, lua_KContext) { return bind<has_acted>(L); }

// The party that is to act runs the action, alone.                         [-0, +1, e, waits]
int act(lua_State* L) {
  auto& acting = *static_cast<Acting*>(lua_touserdata(L, kActing));
  acting.barrier =
      static_cast<Barrier*>(static_cast<vm::Handle*>(lua_touserdata(L, 1))->object.get());
  acting.mark = vm::Host::of(L).scheduler().mark();
  lua_toclose(L, kActing);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kFindAction);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  lua_callk(L, 0, 0, 0, after_action);
  return after_action(L, LUA_OK, 0);
}

Outcome passed(Call& call, Wake wake) {
  const std::int64_t result =
      wake == Wake::ready ? std::int64_t{call.node().argument} : Barrier::kBroken;
  if (result == Barrier::kBroken) return broken();
  if ((result & Barrier::kAct) != 0) {
    static_cast<Acting*>(lua_touserdata(call.L, kActing))->index = result & Barrier::kIndexMask;
    return Outcome::go_on(act);
  }
  lua_pushinteger(call.L, result);
  return Outcome::values(1);
}

// barrier:wait([timeout]) -> index                                        [-0, +1, e, waits]
Outcome barrier_wait(Call& call) {
  Barrier& barrier = self(call);
  const vm::Patience patience =
      lua_isnoneornil(call.L, 2) ? Call::patience(barrier.default_timeout) : call.opt_patience(2);
  if (barrier.acted_by(call.scheduler().current().waiter)) {
    return Outcome::raise(errors::kDeadlock,
                          "deadlock: the action of a Barrier cannot wait for that Barrier");
  }
  lua_settop(call.L, 2);
  if (barrier.has_action) push_acting(call.L);
  call.prepare(barrier, patience.immediate ? Barrier::wait_now_op : Barrier::wait_op, 0, patience);
  return call.start(patience, "a Barrier", passed);
}

// barrier:reset()
Outcome barrier_reset(Call& call) {
  self(call).reset();
  return Outcome::values(0);
}

// barrier:abort()
Outcome barrier_abort(Call& call) {
  self(call).abort();
  return Outcome::values(0);
}

// barrier.parties, .n_waiting, .broken, and the methods
Outcome barrier_index(Call& call) {
  Barrier& barrier = self(call);
  lua_getmetatable(call.L, 1);
  lua_pushvalue(call.L, 2);
  if (lua_rawget(call.L, -2) != LUA_TNIL) return Outcome::values(1);
  const char* key = lua_type(call.L, 2) == LUA_TSTRING ? lua_tostring(call.L, 2) : "";
  if (std::strcmp(key, "parties") == 0) {
    lua_pushinteger(call.L, barrier.parties);
  } else if (std::strcmp(key, "n_waiting") == 0) {
    lua_pushinteger(call.L, barrier.waiting_now());
  } else if (std::strcmp(key, "broken") == 0) {
    lua_pushboolean(call.L, barrier.is_broken());
  }
  return Outcome::values(1);
}

// load(barrier) -> the action, decoded
int load_action(lua_State* L) {
  const Call call(L);
  const Barrier& barrier = self(call);
  const runtime::Message& message = *barrier.action;
  if (barrier.action_travels) return push_message(L, message);
  lua_pushliteral(L, "cannot run the action of this Barrier here: ");
  lua_pushlstring(L, reinterpret_cast<const char*>(message.bytes()), message.size);
  lua_concat(L, 2);
  return lua_error(L);
}

constexpr luaL_Reg kMethods[] = {{"wait", bind<barrier_wait>},
                                 {"reset", bind<barrier_reset>},
                                 {"abort", bind<barrier_abort>},
                                 {"__index", bind<barrier_index>},
                                 {nullptr, nullptr}};

}  // namespace

const luaL_Reg kBarrierFunctions[] = {{"Barrier", bind<barrier_new>}, {nullptr, nullptr}};

void register_barrier(lua_State* L) { register_shared(L, ObjectKind::barrier, kMethods); }

int barrier_load(lua_State* L) { return load_action(L); }

}  // namespace braid::stdlib
