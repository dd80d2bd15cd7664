// braid.select: waits for one of several operations, of which exactly one takes place.
//
// The stack of a call: the list of cases, their objects, the values they take, the Selection. The
// cases are tried in turn, from any one on or from the first. When none is possible the shared ones
// are hung all at once, with the mutexes of their objects held (start_one), and then those of this
// thread, to which nothing can have happened meanwhile.
#include "stdlib/select.hpp"

#include <cstring>
#include <new>

#include "arena/arena.hpp"
#include "stdlib/modules.hpp"
#include "stdlib/select_cases.hpp"
#include "vm/call.hpp"

namespace braid::stdlib {
namespace {

using runtime::Object;
using runtime::SharedWaitNode;
using runtime::Waiter;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;

constexpr int kCases = 1;  // on the stack
constexpr int kObjects = 2;
constexpr int kValues = 3;
constexpr int kSelection = 4;
constexpr int kObject = 5;  // of the case that is being dealt with
constexpr int kValue = 6;

// In the index that a node claims with: a case of this thread.
constexpr std::uint32_t kLocalBit = 0x80000000;

struct Case {
  const SharedCase* shared;
  const LocalCase* local;
  void* object;
  SharedWaitNode* node;                                          // of a shared one
  alignas(SelectNode) std::byte local_node[sizeof(SelectNode)];  // NOLINT(modernize-avoid-c-arrays)

  [[nodiscard]] SelectNode& select_node() noexcept {
    return *std::launder(reinterpret_cast<SelectNode*>(local_node));
  }
};

// One call. The cases stand behind it, in the order in which they are tried. Owning thread only.
struct Selection {
  std::uint32_t count = 0;
  std::uint32_t first = 0;  // the case of the list that is tried first
  std::uint32_t shared = 0;
  std::uint32_t local = 0;
  SharedWaitNode* nodes = nullptr;  // of the shared ones, in that order
  Waiter* waiter = nullptr;
  bool hung = false;

  [[nodiscard]] Case& at(std::uint32_t rank) noexcept {
    return reinterpret_cast<Case*>(this + 1)[rank];
  }
  // Where in the list the case is, from 1.
  [[nodiscard]] lua_Integer place(std::uint32_t rank) const noexcept {
    const std::uint32_t from_first = first + rank;
    return (from_first < count ? from_first : from_first - count) + 1;
  }
  // What has not taken place is undone. No node hangs anywhere.
  void clear() noexcept {
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
};
static_assert(sizeof(Selection) % alignof(Case) == 0);

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

Selection& selection_of(const Call& call) {
  return *static_cast<Selection*>(lua_touserdata(call.L, kSelection));
}

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

// --- reading the cases ---

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
  if (name == nullptr) {
    refuse(L, place, lua_pushfstring(L, "a %s cannot be waited for", luaL_typename(L, kObject)));
  }
  if (one.shared == nullptr && one.local == nullptr) {
    refuse(L, place, lua_pushfstring(L, "a %s has no operation '%s'", name, text));
  }
}

// Reads the case at `place` of the list: its row, its object, and where it takes one its value.
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

// Puts the object and the value of a case at kObject and kValue.                   [-0, +2, -]
void push_case(Call& call, std::uint32_t rank) {
  const lua_Integer place = selection_of(call).place(rank);
  lua_settop(call.L, kSelection);
  lua_rawgeti(call.L, kObjects, place);
  lua_rawgeti(call.L, kValues, place);
}

// The nodes of the shared cases, with what they take. False: an error is on top. Throws
// std::bad_alloc.
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

// --- the end of it ---

void forget_nodes(Waiter& waiter) noexcept {
  waiter.more = nullptr;
  waiter.node_count = 1;
}

Outcome with_place(Call& call, lua_Integer place, int below, Outcome outcome) {
  if (outcome.kind != Outcome::Kind::values) return outcome;
  lua_pushinteger(call.L, place);
  lua_insert(call.L, below + 1);
  return Outcome::values(lua_gettop(call.L) - below);
}

// The shared operation has been done.
Outcome finish_shared(Call& call, std::uint32_t rank) {
  Selection& selection = selection_of(call);
  Case& one = selection.at(rank);
  const lua_Integer place = selection.place(rank);
  Taken taken;
  taken.argument = one.node->argument;
  std::memcpy(taken.payload, one.node->payload, sizeof taken.payload);
  one.node = nullptr;
  const SharedCase& row = *one.shared;
  auto& object = *static_cast<Object*>(one.object);
  push_case(call, rank);
  selection.clear();
  return with_place(call, place, kValue, row.finish(call, object, kObject, taken));
}

Outcome ended_without(Call& call, Wake wake) {
  selection_of(call).clear();
  if (wake != Wake::timeout) return call.ended_by(wake);
  lua_pushnil(call.L);
  lua_pushliteral(call.L, "timeout");
  return Outcome::values(2);
}

// The wait is over.
Outcome select_ended(Call& call, Wake wake) {
  Selection& selection = selection_of(call);
  selection.hung = false;
  forget_nodes(*selection.waiter);
  const std::uint32_t claimed = selection.waiter->claimed_index;
  const bool won = wake == Wake::ready;
  const std::uint32_t rank = claimed & ~kLocalBit;
  for (std::uint32_t other = 0; other < selection.count; ++other) {
    Case& one = selection.at(other);
    if (one.local == nullptr) continue;
    one.select_node().unlink();
    if (won && claimed == (other | kLocalBit)) continue;
    push_case(call, other);
    one.local->finish(call, kObject, one.select_node(), false);
  }
  if (!won) return ended_without(call, wake);
  if ((claimed & kLocalBit) == 0) return finish_shared(call, rank);
  push_case(call, rank);
  const lua_Integer place = selection.place(rank);
  const Outcome outcome =
      selection.at(rank).local->finish(call, kObject, selection.at(rank).select_node(), true);
  selection.clear();
  return with_place(call, place, kValue, outcome);
}

// --- trying and waiting ---

// start_one for some of the shared cases that stand together. They are the waiter's nodes only when
// they hang. Throws std::bad_alloc.
int start_some(Waiter& waiter, SharedWaitNode* nodes, std::uint32_t count, bool wait) {
  waiter.more = nodes;
  waiter.node_count = count;
  int done = -1;
  try {
    done = runtime::start_one(waiter, 0, wait);
  } catch (const std::bad_alloc&) {
    forget_nodes(waiter);
    throw;
  }
  if (done >= 0 || !wait) forget_nodes(waiter);
  return done;
}

// Tries the cases in order. Shared ones that stand together are tried together.
bool try_all(Call& call, Outcome& outcome) {
  Selection& selection = selection_of(call);
  Waiter& waiter = *selection.waiter;
  for (std::uint32_t rank = 0; rank < selection.count;) {
    Case& one = selection.at(rank);
    if (one.local != nullptr) {
      push_case(call, rank);
      Outcome result = Outcome::values(0);
      if (one.local->attempt(call, kObject, kValue, result)) {
        const lua_Integer place = selection.place(rank);
        selection.clear();
        outcome = with_place(call, place, kValue, result);
        return true;
      }
      ++rank;
      continue;
    }
    std::uint32_t end = rank;
    while (end < selection.count && selection.at(end).shared != nullptr) ++end;
    const int done = start_some(waiter, one.node, end - rank, false);
    if (done >= 0) {
      outcome = finish_shared(call, rank + static_cast<std::uint32_t>(done));
      return true;
    }
    rank = end;
  }
  return false;
}

// Hangs all of them, unless a shared one has become possible meanwhile.
Outcome wait_for_one(Call& call, const Patience& patience) {
  Selection& selection = selection_of(call);
  Waiter& waiter = call.scheduler().prepare_shared(patience.deadline);
  for (std::uint32_t rank = 0; rank < selection.count; ++rank) {
    Case& one = selection.at(rank);
    if (one.local == nullptr) continue;
    push_case(call, rank);
    one.local->prepare(call, kObject, kValue, one.select_node());
  }
  waiter.node.object = nullptr;  // it is not what this waits in
  const int done = start_some(waiter, selection.nodes, selection.shared, true);
  if (done >= 0) {
    waiter.claimed_index = selection.nodes[done].index;
    return select_ended(call, Wake::ready);
  }
  selection.hung = true;
  for (std::uint32_t rank = 0; rank < selection.count; ++rank) {
    Case& one = selection.at(rank);
    if (one.local != nullptr) one.local->hang(one.object, one.select_node());
  }
  call.scheduler().park_shared(patience.deadline, runtime::OnCancel::raise, "one of several");
  call.scheduler().current().finishes_always = true;
  return Outcome::park(select_ended);
}

// Any of `count`: nobody can tell which comes next.
std::uint32_t any_of(std::uint32_t count) noexcept {
  const auto now = static_cast<std::uint64_t>(runtime::monotonic_now());
  return static_cast<std::uint32_t>((now * 0x9E3779B97F4A7C15U) >> 32) % count;
}

// select{case..., timeout=, priority=} -> index, results... | nil, "timeout"  [-0, +n, e, waits]
Outcome select_op(Call& call) {
  lua_State* L = call.L;
  luaL_checktype(L, kCases, LUA_TTABLE);
  lua_settop(L, kCases);
  luaL_checkstack(L, LUA_MINSTACK, nullptr);
  const lua_Integer count = luaL_len(L, kCases);
  luaL_argcheck(L, count >= 0 && count <= 0xffff, kCases, "too many cases");
  lua_getfield(L, kCases, "timeout");
  if (!lua_isnil(L, -1) &&
      (lua_type(L, -1) != LUA_TNUMBER || lua_tonumber(L, -1) != lua_tonumber(L, -1))) {
    luaL_argerror(L, kCases, "timeout: number expected");
  }
  const Patience patience = call.opt_patience(-1);
  lua_getfield(L, kCases, "priority");
  const bool in_order = lua_toboolean(L, -1) != 0;
  lua_settop(L, kCases);
  lua_createtable(L, static_cast<int>(count), 0);
  lua_createtable(L, static_cast<int>(count), 0);
  auto& selection = push_selection(call, static_cast<std::uint32_t>(count));
  if (!in_order && count > 1) selection.first = any_of(selection.count);
  for (lua_Integer place = 1; place <= count; ++place) {
    const auto rank = (static_cast<std::uint32_t>(place) - 1 + selection.count - selection.first) %
                      selection.count;
    Case& one = selection.at(rank);
    read_case(call, one, place);
    ++(one.shared != nullptr ? selection.shared : selection.local);
  }
  if (!patience.immediate && call.scheduler().current().cancelled) return Outcome::cancelled();
  selection.waiter = &call.scheduler().waiter();
  if (!load_cases(call, selection)) {
    selection.clear();
    return Outcome::raise_top();
  }
  Outcome outcome = Outcome::values(0);
  // When all are shared, one look with all mutexes held is enough.
  const char* problem = patience.immediate ? nullptr : call.host.refusal(L);
  const bool may_wait = !patience.immediate && problem == nullptr;
  if ((selection.local > 0 || !may_wait) && try_all(call, outcome)) return outcome;
  if (may_wait) return wait_for_one(call, patience);
  if (problem == nullptr) return ended_without(call, Wake::timeout);
  selection.clear();
  lua_pushstring(L, problem);
  return Outcome::raise_top();
}

}  // namespace

int select(lua_State* L) { return bind<select_op>(L); }

void register_selection(lua_State* L) {
  vm::register_type(L, vm::Type::selection, "braid.Selection", kMethods);
  lua_pop(L, 1);
}

}  // namespace braid::stdlib
