// braid.select: waits for one of several operations, of which exactly one takes place.
//
// The stack of a call: the list of cases, their objects, the values they take, the Selection
// (selection.hpp). The cases are tried in turn, from any one on or from the first. When none is
// possible the shared ones are hung all at once, with the mutexes of their objects held
// (start_one), and then those of this thread, to which nothing can have happened meanwhile.
#include <new>

#include "stdlib/modules.hpp"
#include "stdlib/selection.hpp"
#include "vm/errors.hpp"

namespace braid::stdlib {
namespace {

using runtime::Hand;
using runtime::Object;
using runtime::SharedWaitNode;
using runtime::Waiter;
using runtime::Wake;
using vm::bind;
using vm::Call;
using vm::Outcome;
using vm::Patience;
namespace errors = vm::errors;

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
  SharedWaitNode& node = *one.node;
  const lua_Integer place = selection.place(rank);
  Hand own;
  Hand& hand = node.carries ? runtime::take_hand(call.scheduler().record(), own) : own;
  if (Object* giver = node.carries.get()) {
    hand.come_from(*giver, node.operation & 1);
    hand.take_from(node);
  }
  Taken taken{node.argument, hand};
  forget_nodes(*selection.waiter);
  const SharedCase& row = *one.shared;
  auto& object = *static_cast<Object*>(one.object);
  push_case(call, rank);
  selection.clear();
  const Outcome outcome = row.finish(call, object, kObject, taken);
  runtime::leave_hand(hand);
  return with_place(call, place, kValue, outcome);
}

Outcome ended_without(Call& call, Wake wake) {
  forget_nodes(*selection_of(call).waiter);
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
  forget_nodes(*selection.waiter);
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
  if (done < 0 && !wait) forget_nodes(waiter);
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
  note(waiter, selection);
  call.scheduler().park_shared(patience.deadline, runtime::OnCancel::raise,
                               selection.count > 0 ? kOneOfSeveral : "sleep");
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
  const bool for_ever = !patience.immediate && patience.deadline == runtime::kForever;
  luaL_argcheck(L, count > 0 || !for_ever, kCases, "no cases and no timeout");
  lua_getfield(L, kCases, "priority");
  const bool in_order = lua_toboolean(L, -1) != 0;
  lua_settop(L, kCases);
  lua_createtable(L, static_cast<int>(count), 0);
  lua_createtable(L, static_cast<int>(count), 0);
  auto& selection = push_selection(call, static_cast<std::uint32_t>(count));
  if (!in_order && count > 1) selection.first = any_of(selection.count);
  for (lua_Integer place = 1; place <= count; ++place) {
    Case& one = selection.at(selection.rank_of(place));
    read_case(call, one, place);
    ++(one.shared != nullptr ? selection.shared : selection.local);
  }
  if (!patience.immediate && call.scheduler().current().cancelled) return Outcome::cancelled();
  selection.waiter = &call.scheduler().waiter();
  if (for_ever && selection.waits_for_itself(selection.waiter)) {
    return Outcome::raise(errors::kDeadlock, count == 1
                                                 ? "deadlock: the unit holds this Lock already"
                                                 : "deadlock: the unit holds these Locks already");
  }
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

}  // namespace braid::stdlib
