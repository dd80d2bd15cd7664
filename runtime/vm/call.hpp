// The trampoline between Lua and C++, and what a binding sees of Lua.
//
// A binding has three beats: read the arguments (may raise; nothing is owned yet), do the work,
// return an Outcome. Only the trampoline raises or yields, after the binding's objects are gone.
#pragma once

#include <lua.hpp>
#include <new>

#include "park/operation.hpp"
#include "vm/host.hpp"
#include "vm/outcome.hpp"

namespace braid::vm {

// A timeout argument. `immediate`: do not wait at all.
struct Patience {
  runtime::Nanos deadline = runtime::kForever;
  bool immediate = false;
};

// One call of a binding. Trivially destructible: Lua may jump over it.
class Call {
 public:
  explicit Call(lua_State* state) noexcept : L(state), host(Host::of(state)) {}

  [[nodiscard]] runtime::Scheduler& scheduler() const noexcept { return host.scheduler(); }

  // The object of type `T` at argument `index`, or nil's counterpart.
  template <typename T>
  [[nodiscard]] T& self(Type type, const char* name, int index = 1) const {
    if (T* object = to<T>(type, index)) return *object;
    luaL_typeerror(L, index, name);
    __builtin_unreachable();
  }
  template <typename T>
  [[nodiscard]] T* to(Type type, int index) const noexcept {
    void* block = lua_touserdata(L, index);
    if (block == nullptr || !lua_getmetatable(L, index)) return nullptr;
    const bool ours = lua_topointer(L, -1) == host.type(type);
    lua_pop(L, 1);
    return ours ? static_cast<T*>(block) : nullptr;
  }

  // Seconds: a number that is not nan.
  [[nodiscard]] double seconds(int index) const;
  // Seconds from now; nil = for ever, 0 or less = do not wait.
  [[nodiscard]] Patience opt_patience(int index) const;
  // The same for seconds that are known; infinite = for ever.
  [[nodiscard]] static Patience patience(double seconds) noexcept;
  // A function, or a value with __call.
  void check_callable(int index) const;

  // Parks the running unit in `list` (may be null). A cancelled unit raises instead, unless it
  // asked not to wait; then, too, `finish` is called at once.
  Outcome wait(runtime::WaitList* list, Patience patience, const char* what, Finish finish) {
    if (patience.immediate) return finish(*this, runtime::Wake::timeout);
    if (scheduler().current().cancelled) return Outcome::cancelled();
    scheduler().park(list, patience.deadline, runtime::OnCancel::raise, what);
    return Outcome::park(finish);
  }
  // Parks also a unit that is cancelled already.
  Outcome wait_shielded(runtime::WaitList* list, const char* what, runtime::OnCancel on_cancel,
                        Finish finish) {
    scheduler().park(list, runtime::kForever, on_cancel, what);
    return Outcome::park(finish);
  }

  // An operation on a shared object: prepare(), put into the node what else it needs, start(). Then
  // `finish` finds the result in node(); Wake::timeout says that it did not happen. A cancelled
  // unit raises instead, unless it asked not to wait. prepare throws std::bad_alloc.
  runtime::SharedWaitNode& prepare(runtime::Object& object, std::uint32_t operation,
                                   std::int64_t argument, const Patience& patience);
  [[nodiscard]] runtime::SharedWaitNode& node() const noexcept {
    return scheduler().current().waiter->node;
  }
  Outcome start(const Patience& patience, const char* what, Finish finish,
                runtime::OnCancel on_cancel = runtime::OnCancel::raise);
  Outcome operate(runtime::Object& object, std::uint32_t operation, std::int64_t argument,
                  const Patience& patience, const char* what, Finish finish) {
    prepare(object, operation, argument, patience);
    return start(patience, what, finish);
  }
  // The same, but `finish` is called whatever ends the wait, also when there was none, to undo what
  // was begun. It ends with ended_by() where it does not return.
  Outcome start_always(const Patience& patience, const char* what, Finish finish,
                       runtime::OnCancel on_cancel = runtime::OnCancel::raise);
  // What is raised when a wait ended in another way than by itself or its deadline.
  Outcome ended_by(runtime::Wake wake);

  lua_State* const L;
  Host& host;

 private:
  Outcome start_endless(const char* what, Finish finish, runtime::OnCancel on_cancel);
};

using Binding = Outcome (*)(Call& call);

// Does what `outcome` says. Returns the number of results, raises, or yields.
int settle(lua_State* L, Outcome outcome);

// The lua_CFunction of a binding.
template <Binding binding>
int bind(lua_State* L) {
  Outcome outcome = Outcome::no_memory();
  try {
    Call call(L);
    outcome = binding(call);
  } catch (const std::bad_alloc&) {
    // Nothing has changed: that is what every operation promises. Said again here because gcc 12
    // builds the result in place and loses what stood there.
    outcome = Outcome::no_memory();
  }
  return outcome.kind == Outcome::Kind::values ? outcome.count : settle(L, outcome);
}

// Registers a userdata type: a metatable `name` with methods (as __index unless one is given).
// Leaves the metatable on the stack.                                               [-0, +1, m]
void register_type(lua_State* L, Type type, const char* name, const luaL_Reg* methods);

// A new object of a registered type, with `user_values`, on top of the stack.     [-0, +1, m]
template <typename T>
T& new_object(lua_State* L, Host& host, Type type, int user_values) {
  void* block = lua_newuserdatauv(L, sizeof(T), user_values);
  auto& object = *new (block) T;
  lua_rawgetp(L, LUA_REGISTRYINDEX, host.type(type));
  lua_setmetatable(L, -2);
  return object;
}

}  // namespace braid::vm
