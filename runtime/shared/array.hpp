// Numbers, booleans or bytes of one type in a row that every unit sees.
#pragma once

#include <span>

#include "park/object.hpp"
#include "shared/cell.hpp"
#include "shared/own_lock.hpp"

namespace braid::runtime {

// A fixed number of cells of one type, 0 at first.
//   Units:   any method from any thread or process at once.
//   Waits:   never; its lock is for scripts, which take it or not.
//   Order:   each item as a Value; nothing is promised about several.
//   Death:   each change is one store.             Errors: none; the caller keeps to the bounds.
//   Cost:    one atomic instruction.
//   Tests:   tests/unit/shared_cell_test.cpp, tests/spec/shared_array_spec.lua
struct Array : Object {
  // Throws std::bad_alloc.
  static Array* create(CellType type, std::uint64_t size, OwnLock::Kind lock_kind,
                       Lock* given_lock);

  // `index` counts from 0.
  [[nodiscard]] CellBits load(std::uint64_t index) noexcept {
    return cell::load(type, item(index));
  }
  void store(std::uint64_t index, CellBits bits) noexcept { cell::store(type, item(index), bits); }

  // Bytes over what is there, from the byte `at` on, in any order.
  void write(std::uint64_t at, std::span<const std::byte> bytes) noexcept;

  const CellType type;
  const std::uint8_t item_bytes;
  const std::uint64_t size;
  OwnLock lock;

 private:
  Array(CellType of_type, std::uint64_t items, OwnLock::Kind lock_kind, Lock* given_lock) noexcept
      : Object(ObjectKind::array),
        type(of_type),
        item_bytes(static_cast<std::uint8_t>(size_of(of_type))),
        size(items),
        lock(lock_kind, given_lock) {}

  // The items stand behind the object.
  [[nodiscard]] std::byte* item(std::uint64_t index) noexcept {
    return reinterpret_cast<std::byte*>(this + 1) + index * item_bytes;
  }
};

}  // namespace braid::runtime
