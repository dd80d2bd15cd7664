// What a call of select is made of: its cases are read, checked, and given the nodes that they may
// hang by.
#include "stdlib/selection.hpp"

#include <cstring>

#include "arena/arena.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/pipe.hpp"
#include "sync/lock.hpp"

namespace braid::stdlib {

using runtime::Object;
using runtime::ObjectKind;
using runtime::SharedWaitNode;
using runtime::Waiter;
using vm::bind;
using vm::Call;
using vm::Outcome;

namespace {

// The state is closed while the unit waits: its scheduler takes the shared nodes out.
Outcome selection_collect(Call& call) {
  auto& selection = *static_cast<Selection*>(lua_touserdata(call.L, 1));
  if (!selection.hung) {
    selection.clear();
    return Outcome::values(0);
  }
  for (std::uint32_t rank = 0; rank < selection.count; ++rank) {
    if (selection.at(rank).local != nullptr) selection.at(rank).select_node().unlink();
  }
  return Outcome::values(0);
}

constexpr luaL_Reg kMethods[] = {{"__gc", bind<selection_collect>}, {nullptr, nullptr}};

[[noreturn]] void refuse(lua_State* L, lua_Integer place, const char* problem) {
  luaL_argerror(L, kCases, lua_pushfstring(L, "case %I: %s", place, problem));
  __builtin_unreachable();
}

// The shared object at kObject, or in its field "handle"; null = none.             [-0, +0, -]
Object* shared_object(Call& call) {
  if (lua_istable(call.L, kObject)) {
    lua_pushliteral(call.L, "handle");
    lua_rawget(call.L, kObject);
  } else {
    lua_pushvalue(call.L, kObject);
  }
  Object* object = vm::to_object(call.L, -1);
  lua_pop(call.L, 1);
  return object;
}

// The local object at kObject: which type it has; count = none.
vm::Type local_type(Call& call) {
  for (const LocalCase& row : local_cases()) {
    if (call.to<void>(row.type, kObject) != nullptr) return row.type;
  }
  return vm::Type::count;
}

// Finds the row for the object at kObject and the operation at kValue.
void find_row(Call& call, Case& one, lua_Integer place) {
  lua_State* L = call.L;
  std::size_t size = 0;
  const char* text = lua_type(L, kValue) == LUA_TSTRING ? lua_tolstring(L, kValue, &size) : nullptr;
  if (text == nullptr) {
    refuse(L, place,
           lua_pushfstring(L, "operation: string expected, got %s", luaL_typename(L, kValue)));
  }
  const std::string_view operation(text, size);
  const char* name = nullptr;
  if (Object* object = shared_object(call)) {
    for (const SharedCase& row : shared_cases()) {
      if (row.kind == object->kind && row.operation == operation) one.shared = &row;
    }
    one.object = object;
    name = runtime::type_of(*object).name;
  } else {
    const vm::Type type = local_type(call);
    for (const LocalCase& row : local_cases()) {
      if (row.type != type) continue;
      if (row.operation == operation) one.local = &row;
      name = row.name;
    }
    one.object = lua_touserdata(L, kObject);
  }
  if (name == nullptr && vm::is_handle(L, ObjectKind::connection, kObject)) {
    raise_closed_connection(L);
  }
  if (name == nullptr) {
    refuse(L, place, lua_pushfstring(L, "a %s cannot be waited for", luaL_typename(L, kObject)));
  }
  if (one.shared == nullptr && one.local == nullptr) {
    refuse(L, place, lua_pushfstring(L, "a %s has no operation '%s'", name, text));
  }
}

}  // namespace

void Selection::clear() noexcept {
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    Case& one = at(rank);
    if (one.node != nullptr && one.shared->abandon != nullptr) {
      one.shared->abandon(one.node->payload);
    }
    one.node = nullptr;
  }
  if (nodes != nullptr) runtime::arena::release(nodes);
  nodes = nullptr;
}

Selection& push_selection(Call& call, std::uint32_t count) {
  const std::size_t bytes = sizeof(Selection) + count * sizeof(Case);
  void* block = lua_newuserdatauv(call.L, bytes, 0);
  auto& selection = *new (block) Selection;
  selection.count = count;
  for (std::uint32_t rank = 0; rank < count; ++rank) new (&selection.at(rank)) Case{};
  lua_rawgetp(call.L, LUA_REGISTRYINDEX, call.host.type(vm::Type::selection));
  lua_setmetatable(call.L, -2);
  return selection;
}

void read_case(Call& call, Case& one, lua_Integer place) {
  lua_State* L = call.L;
  lua_settop(L, kSelection);
  if (lua_geti(L, kCases, place) != LUA_TTABLE) {
    refuse(L, place, lua_pushfstring(L, "table expected, got %s", luaL_typename(L, -1)));
  }
  lua_geti(L, kObject, 2);
  lua_geti(L, kObject, 3);
  lua_geti(L, kObject, 1);
  lua_replace(L, kObject);  // object, operation, value
  find_row(call, one, place);
  if (one.local != nullptr) one.local->check(call, kObject);
  if (one.shared != nullptr && one.shared->check != nullptr) {
    auto& object = *static_cast<Object*>(one.object);
    const char* problem = one.shared->check(call, object, kObject, kValue + 1);
    if (problem != nullptr) refuse(L, place, problem);
  }
  lua_rawseti(L, kValues, place);
  lua_pop(L, 1);
  lua_rawseti(L, kObjects, place);
}

void push_case(Call& call, std::uint32_t rank) {
  const lua_Integer place = selection_of(call).place(rank);
  lua_settop(call.L, kSelection);
  lua_rawgeti(call.L, kObjects, place);
  lua_rawgeti(call.L, kValues, place);
}

bool load_cases(Call& call, Selection& selection) {
  Waiter& waiter = *selection.waiter;
  if (selection.shared > 0) {
    selection.nodes = static_cast<SharedWaitNode*>(
        runtime::arena::allocate(selection.shared * sizeof(SharedWaitNode)));
  }
  std::uint32_t made = 0;
  for (std::uint32_t rank = 0; rank < selection.count; ++rank) {
    Case& one = selection.at(rank);
    if (one.shared == nullptr) {
      new (one.local_node) SelectNode(waiter, rank | kLocalBit);
      continue;
    }
    auto* node = new (&selection.nodes[made]) SharedWaitNode;
    auto& object = *static_cast<Object*>(one.object);
    runtime::prepare(*node, waiter, object, one.shared->code, 0);
    if (one.shared->aim != nullptr) {
      one.shared->aim(object, *node);
      one.object = node->object.get();
    }
    node->index = rank;
    if (one.shared->load != nullptr) {
      push_case(call, rank);
      std::byte* payload = node->payload;
      if (!one.shared->load(call, object, kValue, payload)) return false;
    }
    one.node = node;
    ++made;
  }
  return true;
}

bool Selection::waits_for_itself(const Waiter* unit) noexcept {
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    const Case& one = at(rank);
    if (one.shared == nullptr || one.shared->kind != ObjectKind::lock) return false;
    const auto& lock = *static_cast<runtime::Lock*>(one.object);
    if (lock.reentrant || !lock.owned_by(unit)) return false;
  }
  return true;
}

void note(Waiter& waiter, const Selection& selection) noexcept {
  const Selection* place = &selection;
  std::memcpy(waiter.node.payload, &place, sizeof place);
}

namespace {

// What that case waits for, in words.                                              [-0, +1, m]
void push_what(lua_State* L, const Case& one) {
  if (one.local != nullptr) {
    if (one.local->what != nullptr) {
      lua_pushstring(L, one.local->what);
      return;
    }
    lua_pushliteral(L, "the end of ");
    vm::Host::push_name(L, *static_cast<const vm::Task*>(one.object));
    return lua_concat(L, 2);
  }
  char holder[sizeof Waiter::name];
  vm::Host::name_holder(*static_cast<Object*>(one.object), holder);
  lua_pushfstring(L, holder[0] != '\0' ? "%s held by %s" : "%s", one.shared->what, holder);
}

// The cases in the order of the list.                                              [-0, +1, m]
void describe(lua_State* L, const runtime::Unit& unit) {
  constexpr std::uint32_t kNamed = 5;
  Selection* selection = nullptr;
  std::memcpy(&selection, unit.waiter->node.payload, sizeof selection);
  const std::uint32_t count = selection->count;
  lua_pushliteral(L, "");
  for (std::uint32_t i = 0; i < count && i < kNamed; ++i) {
    lua_pushstring(L, i == 0 ? "" : i + 1 == count ? " or " : ", ");
    push_what(L, selection->at(selection->rank_of(i + 1)));
    lua_concat(L, 3);
  }
  if (count > kNamed) {
    lua_pushfstring(L, " or %d more", static_cast<int>(count - kNamed));
    lua_concat(L, 2);
  }
}

}  // namespace

void register_selection(lua_State* L) {
  vm::register_type(L, vm::Type::selection, "braid.Selection", kMethods);
  lua_pop(L, 1);
  vm::Host::of(L).describe_wait(kOneOfSeveral, describe);
}

}  // namespace braid::stdlib
