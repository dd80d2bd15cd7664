// What every shared object begins with, and what the engine must know of each kind.
#pragma once

#include <atomic>
#include <cstdint>

#include "arena/mutex.hpp"
#include "arena/ref.hpp"

namespace braid::runtime {

struct HeldLink;
struct Object;
struct SharedWaitNode;
struct Waiter;
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
  process,
  pipe,
  connection,
  inquiry,
  future,
  pool,
  executor,
  count
};

// What differs from kind to kind. Each is defined once, before any object of the kind is made.
// A node says what is to be done (operation, argument, payload) and takes the result.
struct ObjectType {
  const char* name;  // as scripts spell the class
  // Nobody refers to the object any more.
  void (*destroy)(Object& object) noexcept;
  // Does the node's operation if that can be done now. The object's mutex is held.
  bool (*attempt)(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept;
  // It could not: hangs the node where whoever can do it for the node will look. The mutex is held.
  void (*enqueue)(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept;
  // `node` has just left the object's lists because its wait ended some other way: what it had
  // brought with it goes back. The object's mutex is held. Null = nothing to undo.
  void (*abandoned)(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept;
  // The unit in whose list of held things `link` is has ended: it takes it out. Null = cannot be
  // held.
  void (*owner_ended)(Object& object, HeldLink& link) noexcept;
  // The one unit that all who wait depend on. Null = there is no such.
  Waiter* (*owner)(const Object& object) noexcept;
  // Gives up one reference, instead of what drop() does. Null = nothing more is to be done.
  void (*let_go)(Object& object) noexcept = nullptr;
  // Somebody is about to give up a reference, so that should it be killed meanwhile and the
  // reference was the last one, half_held is called. Null = nobody minds.
  void (*losing)(Object& object) noexcept = nullptr;
  // The process of `unit` was killed while the unit was about to begin or end holding the object
  // (Waiter::changing), or to pass it on; `unit` null = a thread was touching it (Touching). Null =
  // cannot be held.
  void (*half_held)(Object& object, Waiter* unit) noexcept = nullptr;
  // `node` was claimed, but its unit was cancelled before it ran again, or is gone: what it was
  // given goes to others. Null = what was done cannot be undone.
  void (*untaken)(Object& object, SharedWaitNode& node) noexcept = nullptr;
  // Several units' waits end together or not at all: none of them is given up while the object's
  // mutex is held.
  bool all_together = false;
};

// An object that every unit of the program may use. Lives in the arena, counted by references:
// handles in Lua states, and messages on their way. References that lie inside the object itself
// (a queue sent through itself) count as such, too: when there are no others nobody can get there.
struct alignas(64) Object {
  explicit Object(ObjectKind of_kind) noexcept : kind(of_kind) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  static constexpr unsigned kOwnShift = 32;

  Mutex mutex;
  std::atomic<std::uint64_t> references{1};  // all of them; above kOwnShift: those inside itself
  const ObjectKind kind;
};

void define(ObjectKind kind, const ObjectType& type) noexcept;
[[nodiscard]] bool is_defined(ObjectKind kind) noexcept;
[[nodiscard]] const ObjectType& type_of(ObjectKind kind) noexcept;
[[nodiscard]] inline const ObjectType& type_of(const Object& object) noexcept {
  return type_of(object.kind);
}

inline void retain(Object& object) noexcept {
  object.references.fetch_add(1, std::memory_order_relaxed);
}
// True: nobody else has one.
inline bool give_up_reference(Object& object) noexcept {
  const std::uint64_t left = object.references.fetch_sub(1, std::memory_order_acq_rel) - 1;
  return (left >> Object::kOwnShift) == static_cast<std::uint32_t>(left);
}
inline void drop(Object& object) noexcept {
  if (auto* let_go = type_of(object).let_go) return let_go(object);
  if (give_up_reference(object)) type_of(object).destroy(object);
}
// `count` of the references now lie inside the object, or do so no longer. The caller has another.
inline void take_inside(Object& object, std::uint64_t count) noexcept {
  object.references.fetch_add(count << Object::kOwnShift, std::memory_order_relaxed);
}
inline void take_outside(Object& object, std::uint64_t count) noexcept {
  object.references.fetch_sub(count << Object::kOwnShift, std::memory_order_relaxed);
}
// To be said first by destroy() of what may have references inside: that dropping them does not
// lead here again.
inline void end_references(Object& object) noexcept {
  object.references.store(UINT32_MAX, std::memory_order_relaxed);
}

}  // namespace braid::runtime
