// braid.shared: what the two halves of Table have in common.
#pragma once

#include "stdlib/slot_value.hpp"

namespace braid::stdlib {

// What `st.name` means is a method, so no key.
[[nodiscard]] bool is_method(const runtime::Key& key) noexcept;

// The key at `index`, to be written to.                                             [-0, +0, v]
runtime::Key writable_key(lua_State* L, int index);

// change(slot) -> what has become of it; unless it is done, the slot's content is dropped.
template <typename Action>
runtime::Table::Change put_slot(const runtime::Slot& slot, const Action& change) {
  auto result = runtime::Table::Change::refused;
  try {
    result = change(slot);
  } catch (const std::bad_alloc&) {
    drop_content(slot);
    throw;
  }
  if (result != runtime::Table::Change::done) drop_content(slot);
  return result;
}

// Adds what changes a table to the metatable on top of the stack.                   [-0, +0, e]
void register_table_changes(lua_State* L);

}  // namespace braid::stdlib
