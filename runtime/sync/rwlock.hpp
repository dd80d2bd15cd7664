// Many readers or one writer.
#pragma once

#include "park/operation.hpp"

namespace braid::runtime {

// A lock that units read under together, or one writes under alone.
//   Units:   any thread or process; release by the unit that holds it.
//   Waits:   a reader while somebody writes or has waited longer to write, unless it reads already;
//   a
//            writer while anybody else holds it. A deadline or a cancel ends the wait.
//   Order:   what a writer wrote is visible to those who hold the lock after it.
//   Death:   a holder that ends releases; after a writer the next one is told (`owner_died`).
//   Errors:  returned: release of what is not held.
//   Cost:    one internal lock; a reader takes a small block of the arena.
//   Tests:   tests/spec/rwlock_spec.lua
struct RWLock : Object {
  // Afterwards the node's argument says whether the last writer ended without releasing. A read
  // needs a ReadHold in the node's payload, which the lock takes when it succeeds.
  enum Operation : std::uint32_t { read_op, write_op };

  // That one unit reads, `depth` times over.
  struct alignas(16) ReadHold {
    ReadHold(RWLock& lock, Waiter& unit) noexcept : held(lock), reader(&unit) {}
    HeldLink held;
    const Ref<Waiter> reader;
    std::uint32_t depth = 1;
    Ref<ReadHold> next;
  };

  RWLock() noexcept : Object(ObjectKind::rwlock), held(*this) {}

  // False when `unit` does not hold it so.
  bool release_read(Waiter& unit) noexcept;
  bool release_write(Waiter& unit) noexcept;
  [[nodiscard]] bool reads(const Waiter* unit) noexcept;
  [[nodiscard]] bool writes(const Waiter* unit) const noexcept {
    return unit != nullptr && writer.load() == Ref<Waiter>(const_cast<Waiter*>(unit)).granule();
  }

  std::atomic<std::uint32_t> writer{0};  // granule of a Waiter; written under the mutex
  HeldLink held;                         // the writer's
  Ref<ReadHold> readers;                 // guarded by the mutex, as are the next ones
  bool abandoned = false;                // the last writer ended without releasing
  SharedWaitList waiting;
};

}  // namespace braid::runtime
