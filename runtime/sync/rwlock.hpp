// A lock that many readers or one writer hold.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// Held for reading by any number of units, or for writing by one.
//   Units:   any thread or process; release only who holds it, and in the same way.
//   Waits:   read while somebody writes or waits before it, write while anybody else holds it; a
//            deadline or a cancel ends the wait. First come, first served, so neither side starves;
//            who reads already may read again at once.
//   Order:   what a writer wrote is visible to all who come after it.
//   Death:   what a unit that ends held passes on; after a writer the next one is told
//            (`owner_died`).
//   Errors:  returned: release of what is not held.
//   Cost:    one internal lock; a unit's first read takes 64 bytes of the arena, which it keeps.
//   Not promised: throughput of readers while writers come and go.
//   Tests:   tests/unit/rwlock_test.cpp, tests/spec/rwlock_spec.lua
struct RWLock : Object {
  // read_op needs reserve() before. Afterwards the node's argument says whether a writer ended
  // without releasing.
  enum Operation : std::uint32_t { read_op, write_op };

  RWLock() noexcept : Object(ObjectKind::rwlock), held(*this) {}

  // Makes room for one more thing that `unit`, the caller, holds. Throws std::bad_alloc.
  void reserve(Waiter& unit);
  // False when `unit`, the caller, does not hold it so.
  bool release_read(Waiter& unit) noexcept;
  bool release_write(Waiter& unit) noexcept;
  [[nodiscard]] bool read_by(Waiter& unit) const noexcept { return hold_of(unit) != nullptr; }
  [[nodiscard]] bool written_by(const Waiter& unit) const noexcept {
    return writer.load(std::memory_order_relaxed) ==
           Ref<Waiter>(const_cast<Waiter*>(&unit)).granule();
  }

  // The link by which `unit`, the caller, reads, or null.
  [[nodiscard]] HeldLink* hold_of(Waiter& unit) const noexcept;
  // Lets in whose turn it is; the mutex is held.
  void grant(Wakeups& wakeups) noexcept;
  void begin_read(SharedWaitNode& node) noexcept;
  void begin_write(SharedWaitNode& node) noexcept;

  GuardedAtomic<std::uint32_t> writer{0};  // granule of a Waiter
  Guarded<std::uint32_t> readers = 0;
  Guarded<bool> abandoned = false;  // the last writer ended without releasing
  SharedWaitList waiting;
  HeldLink held;  // in the writer's list. Every hold comes with a reference
};

}  // namespace braid::runtime
