// One number, boolean or byte that every unit sees.
#pragma once

#include "park/object.hpp"
#include "shared/cell.hpp"
#include "shared/own_lock.hpp"

namespace braid::runtime {

// A cell of one type.
//   Units:   any method from any thread or process at once.
//   Waits:   never; its lock is for scripts, which take it or not.
//   Order:   as sequentially consistent atomics: what was written before a change is visible after
//            it is seen.
//   Death:   each change is one store.             Errors: returned: a sum out of range.
//   Cost:    one atomic instruction, or a short loop of them.
//   Tests:   tests/unit/shared_cell_test.cpp, tests/spec/shared_value_spec.lua
struct Value : Object {
  Value(CellType of_type, CellBits initial, OwnLock::Kind lock_kind, Lock* given_lock) noexcept;

  [[nodiscard]] CellBits load() const noexcept { return cell::load(type, &memory); }
  void store(CellBits bits) noexcept { cell::store(type, &memory, bits); }
  CellBits exchange(CellBits bits) noexcept { return cell::exchange(type, &memory, bits); }
  bool compare_exchange(CellBits expected, CellBits desired) noexcept {
    return cell::compare_exchange(type, &memory, expected, desired);
  }
  bool add(CellBits delta, CellBits& result) noexcept {
    return cell::add(type, &memory, delta, result);
  }

  const CellType type;
  OwnLock lock;
  std::uint64_t memory = 0;
};

}  // namespace braid::runtime
