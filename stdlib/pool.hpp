// What the files of braid.pool share.
#pragma once

#include "codec/encode.hpp"
#include "pool/pool.hpp"
#include "vm/call.hpp"
#include "vm/handle.hpp"

namespace braid::stdlib {

[[nodiscard]] inline runtime::Future& future_self(const vm::Call& call) {
  return vm::shared<runtime::Future>(call, runtime::ObjectKind::future, "Future");
}
[[nodiscard]] inline runtime::Pool& pool_self(const vm::Call& call) {
  return vm::shared<runtime::Pool>(call, runtime::ObjectKind::pool, "Pool");
}

// The `count` topmost values as a message in an empty cell; false with the error on top when they
// cannot travel. Throws std::bad_alloc.                                              [-0, +0|1, -]
bool encode_cell(lua_State* L, int count, codec::Origin origin, runtime::Cell& cell);

// The error on top of the stack is how the call ends: as a value if it can travel, as text in any
// case. `traceback` becomes the future's. Pops the error.                            [-1, +0, m]
void fail_future(lua_State* L, runtime::Future& future, runtime::Message* traceback);

// Runs the future's call here and now, if it is still queued and this state works for its pool, and
// then goes on as `method` with the two arguments that are on the stack.
[[nodiscard]] bool may_run_here(const vm::Call& call, const runtime::Future& future) noexcept;
int run_here(lua_State* L, lua_CFunction method);
// Does this state work for that pool?
[[nodiscard]] bool works_for(const vm::Call& call, const runtime::Pool& pool) noexcept;

extern const luaL_Reg kFutureMethods[];
extern const luaL_Reg kPoolWorkFunctions[];
void register_pool_work(lua_State* L);

}  // namespace braid::stdlib
