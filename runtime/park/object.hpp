// What every shared object begins with, and what the engine must know of each kind.
#pragma once

#include <atomic>
#include <cstdint>

#include "arena/mutex.hpp"
#include "arena/ref.hpp"

namespace braid::runtime {

struct Object;
struct SharedWaitNode;
class Wakeups;

enum class ObjectKind : std::uint8_t {
  lock,
  semaphore,
  event,
  condition,
  barrier,
  rwlock,
  wait_group,
  once,
  queue,
  value,
  array,
  table,
  thread,
  count
};

// What differs from kind to kind. Each is defined once, before any object of the kind is made.
struct ObjectType {
  const char* name;  // as scripts spell the class
  // Nobody refers to the object any more.
  void (*destroy)(Object& object) noexcept;
  // `node` has just left the object's lists because its wait ended some other way: what it had
  // brought with it goes back. The object's mutex is held. Null = nothing to undo.
  void (*abandoned)(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept;
  // A unit that holds the object (Waiter::hold) has ended. Null = cannot be held.
  void (*owner_ended)(Object& object, Wakeups& wakeups) noexcept;
};

// An object that every unit of the program may use. Lives in the arena, counted by references:
// handles in Lua states, and messages on their way.
struct alignas(64) Object {
  explicit Object(ObjectKind of_kind) noexcept : kind(of_kind) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  Mutex mutex;
  std::atomic<std::uint32_t> references{1};
  const ObjectKind kind;
};

void define(ObjectKind kind, const ObjectType& type) noexcept;
[[nodiscard]] const ObjectType& type_of(const Object& object) noexcept;

inline void retain(Object& object) noexcept {
  object.references.fetch_add(1, std::memory_order_relaxed);
}
inline void drop(Object& object) noexcept {
  if (object.references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    type_of(object).destroy(object);
  }
}

}  // namespace braid::runtime
