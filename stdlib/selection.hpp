// One call of select: its cases, and where on the stack they lie.
#pragma once

#include <new>

#include "stdlib/select_cases.hpp"
#include "vm/call.hpp"

namespace braid::stdlib {

// The stack of a call.
inline constexpr int kCases = 1;
inline constexpr int kObjects = 2;
inline constexpr int kValues = 3;
inline constexpr int kSelection = 4;
inline constexpr int kObject = 5;  // of the case that is being dealt with
inline constexpr int kValue = 6;

// What a unit waits for, known by its address; a report names the cases instead.
inline constexpr char kOneOfSeveral[] = "one of several";  // NOLINT(modernize-avoid-c-arrays)

// In the index that a node claims with: a case of this thread.
inline constexpr std::uint32_t kLocalBit = 0x80000000;

struct Case {
  const SharedCase* shared;
  const LocalCase* local;
  void* object;
  runtime::SharedWaitNode* node;                                 // of a shared one
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
  runtime::SharedWaitNode* nodes = nullptr;  // of the shared ones, in that order
  runtime::Waiter* waiter = nullptr;
  bool hung = false;

  [[nodiscard]] Case& at(std::uint32_t rank) noexcept {
    return reinterpret_cast<Case*>(this + 1)[rank];
  }
  // Where in the list the case is, from 1.
  [[nodiscard]] lua_Integer place(std::uint32_t rank) const noexcept {
    const std::uint32_t from_first = first + rank;
    return (from_first < count ? from_first : from_first - count) + 1;
  }
  // Where it stands in the order of trying: the reverse.
  [[nodiscard]] std::uint32_t rank_of(lua_Integer place) const noexcept {
    return (static_cast<std::uint32_t>(place) - 1 + count - first) % count;
  }
  // Is each of them the acquiring of a Lock that `unit` holds already, so that none can ever
  // happen?
  [[nodiscard]] bool waits_for_itself(const runtime::Waiter* unit) noexcept;
  // What has not taken place is undone. No node hangs anywhere.
  void clear() noexcept;
};
static_assert(sizeof(Selection) % alignof(Case) == 0);

// A new one, with room for so many cases, on top of the stack.                     [-0, +1, m]
Selection& push_selection(vm::Call& call, std::uint32_t count);
[[nodiscard]] inline Selection& selection_of(const vm::Call& call) {
  return *static_cast<Selection*>(lua_touserdata(call.L, kSelection));
}
// Reads the case at `place` of the list: its row, its object, and where it takes one its value.
void read_case(vm::Call& call, Case& one, lua_Integer place);
// Puts the object and the value of a case at kObject and kValue.                   [-0, +2, -]
void push_case(vm::Call& call, std::uint32_t rank);
// The nodes of the shared cases, with what they take. False: an error is on top. Throws
// std::bad_alloc.
bool load_cases(vm::Call& call, Selection& selection);
// The waiter's unit is about to wait for the cases. They are noted where a report finds them: in
// the node that the waiter does not use meanwhile.
void note(runtime::Waiter& waiter, const Selection& selection) noexcept;

}  // namespace braid::stdlib
