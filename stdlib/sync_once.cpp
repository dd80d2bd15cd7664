// braid.sync: what Once:call in sync.lua is made of.
#include "stdlib/sync.hpp"
#include "sync/once.hpp"

namespace braid::stdlib {
namespace {

using runtime::ObjectKind;
using runtime::Once;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;

Once& self(const Call& call) { return vm::shared<Once>(call, ObjectKind::once, "Once"); }

// Once() -> Once
Outcome once_new(Call& call) {
  vm::make_shared<Once>(call, ObjectKind::once);
  return Outcome::values(1);
}

// enter(once) -> boolean: is the unit to try?                             [-0, +1, e, waits]
Outcome enter(Call& call) {
  return call.operate(self(call), Once::enter_op, 0, {}, "a Once", [](Call& after, Wake) {
    lua_pushboolean(after.L, after.node().argument == Once::kTry);
    return Outcome::values(1);
  });
}

// done(once) -> boolean
Outcome done(Call& call) {
  lua_pushboolean(call.L, self(call).done());
  return Outcome::values(1);
}

// leave(once, succeeded): by the unit that tries
Outcome leave(Call& call) {
  Once& once = self(call);
  if (!once.tried_by(call.scheduler().current().waiter)) return Outcome::values(0);
  if (lua_toboolean(call.L, 2)) {
    once.complete();
  } else {
    once.fail();
  }
  return Outcome::values(0);
}

constexpr luaL_Reg kMethods[] = {{nullptr, nullptr}};

}  // namespace

const luaL_Reg kOnceFunctions[] = {{"Once", bind<once_new>}, {nullptr, nullptr}};

void register_once(lua_State* L) { register_shared(L, ObjectKind::once, kMethods); }

int once_enter(lua_State* L) { return bind<enter>(L); }
int once_done(lua_State* L) { return bind<done>(L); }
int once_leave(lua_State* L) { return bind<leave>(L); }

}  // namespace braid::stdlib
