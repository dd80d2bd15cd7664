// A unit as other threads and processes see it: whom to wake, what it waits for, what it holds.
//
// A wait hangs one node in the list of each object that may end it. Whoever makes such an object
// ready claims the waiter; the unit itself, on a deadline or a cancel, gives the wait up. Both are
// one compare-and-swap on the same word, so exactly one of them happens, and a select takes exactly
// one of its operations.
#pragma once

#include <atomic>
#include <cstdint>

#include "arena/ref.hpp"
#include "park/clock.hpp"
#include "park/object.hpp"

namespace braid::runtime {

struct ThreadRecord;
struct Waiter;

// A place in a circular list whose head is a Link, too. Guarded by whoever guards the list; changes
// are noted in a section, as with Guarded.
struct alignas(16) Link {
  Link() noexcept : prev(this), next(this) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] bool linked() const noexcept { return next.get() != this; }
  void insert_before(Link& other) noexcept {
    if (arena::in_section()) {
      arena::save(this, sizeof prev + sizeof next);
      arena::save(&other.prev->next, sizeof next);
      arena::save(&other.prev, sizeof prev);
    }
    prev = other.prev;
    next = &other;
    arena::keep_order();
    other.prev->next = this;
    other.prev = this;
  }
  void unlink() noexcept {
    if (arena::in_section()) {
      arena::save(this, sizeof prev + sizeof next);
      arena::save(&prev->next, sizeof next);
      arena::save(&next->prev, sizeof prev);
    }
    prev->next = next;
    next->prev = prev;
    prev = next = this;
  }

  Ref<Link> prev;
  Ref<Link> next;
};

// One operation that waits. What `argument` and `payload` mean is the object's own affair; they go
// in with the wait and come out with the claim.
struct SharedWaitNode : Link {
  static constexpr std::size_t kPayloadBytes = 64;

  Ref<Object> object;  // in whose list it is to hang
  Ref<Object> kept;    // the same, with a reference, from when it hangs until the wait has ended
  Ref<Waiter> waiter;
  Guarded<Ref<Object>>
      carries;                  // that object's message is in the payload, for the unit to take out
  std::uint32_t index = 0;      // among the operations of a select, from 0
  std::uint32_t operation = 0;  // which of the object's lists, and what for
  Guarded<std::int64_t> argument = 0;
  alignas(16) std::byte payload[kPayloadBytes];
};

// In the list of what a unit holds: a member of each object that can be held. Owner's thread only.
struct HeldLink : Link {
  explicit HeldLink(Object& of_object) noexcept : object(&of_object) {}
  Ref<Object> object;
  std::uint64_t times = 1;  // for what a unit may hold several times
};

// In the list of a thread's waiters. Its thread only.
struct WaiterLink : Link {
  explicit WaiterLink(Waiter& of_waiter) noexcept : waiter(&of_waiter) {}
  const Ref<Waiter> waiter;
};

// In the list of those who wait without end for what one other unit owns. Guarded by the family.
struct EndlessLink : Link {
  explicit EndlessLink(Waiter& of_waiter) noexcept : waiter(&of_waiter) {}
  const Ref<Waiter> waiter;
};

// First come, first claimed. Guarded by the object's mutex.
class SharedWaitList {
 public:
  [[nodiscard]] bool empty() const noexcept { return !head_.linked(); }
  void push(SharedWaitNode& node) noexcept { node.insert_before(head_); }
  void push_front(SharedWaitNode& node) noexcept { node.insert_before(*head_.next); }
  [[nodiscard]] SharedWaitNode* first() const noexcept { return node(head_.next.get()); }
  [[nodiscard]] SharedWaitNode* after(const SharedWaitNode& which) const noexcept {
    return node(which.next.get());
  }
  // Takes the first waiter whose wait is still open off the list, now claimed; null = none is left.
  SharedWaitNode* claim_first(Wakeups& wakeups) noexcept;
  // Takes this one off, claimed; false = its wait is over.
  static bool claim(SharedWaitNode& node, Wakeups& wakeups) noexcept;
  void claim_all(Wakeups& wakeups) noexcept {
    while (claim_first(wakeups) != nullptr) {
    }
  }

 private:
  [[nodiscard]] SharedWaitNode* node(Link* link) const noexcept {
    return link == &head_ ? nullptr : static_cast<SharedWaitNode*>(link);
  }
  Link head_;
};

// The waiting side of one unit.
//   Units:   claim() by whoever holds the mutex of an object that it hangs in; all else by the
//            thread of its unit.
//   Order:   what was written before claim() is visible once the unit runs again.
//   Death:   its nodes are unlinked and what it holds is handed on by the sweep of its process.
//   Errors:  none.           Cost: claim and give up are one compare-and-swap each.
//   Tests:   tests/unit/waiter_test.cpp
struct alignas(64) Waiter {
  // The operation that claimed it was undone: it must look again (start_again).
  static constexpr std::uint32_t kAgain = UINT32_MAX;

  Waiter(ThreadRecord& of_thread, void* of_unit) noexcept;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();

  // From now on somebody may claim it. Nodes are hung after this.
  void begin() noexcept {
    ++wait;
    state.store(kWaiting, std::memory_order_release);
  }
  [[nodiscard]] bool claim(std::uint32_t index) noexcept {
    std::uint32_t expected = kWaiting;
    if (!state.compare_exchange_strong(expected, claimed_by_me(), std::memory_order_acq_rel)) {
      return false;
    }
    claimed_index = index;
    return true;
  }
  [[nodiscard]] bool is_idle() const noexcept { return state.load() == kIdle; }
  [[nodiscard]] bool is_waiting() const noexcept { return state.load() == kWaiting; }
  [[nodiscard]] bool is_claimed() const noexcept { return state.load() > kWaiting; }
  // What `state` is when a thread with that journal has claimed it.
  [[nodiscard]] static std::uint32_t claimed_by(const arena::Journal* journal) noexcept {
    const std::uint32_t granule =
        Ref<arena::Journal>(const_cast<arena::Journal*>(journal)).granule();
    return granule == 0 ? kWaiting + 1 : granule;
  }
  [[nodiscard]] static std::uint32_t claimed_by_me() noexcept {
    return claimed_by(arena::t_journal);
  }
  [[nodiscard]] bool give_up() noexcept;
  // The node by which it was claimed.
  [[nodiscard]] SharedWaitNode& claimed_node() noexcept;
  // The wait is over, however it ended: no object knows of it any more.
  void end() noexcept;
  // The same when the unit is not to have what a claim has given it. False = it has it all the
  // same.
  bool end_untaken() noexcept;
  // To be called when the unit, whose node hangs in an object, is about to wait without end for
  // that object's owner: would it wait for itself, through a chain of such owners? Then `report`
  // says how.
  [[nodiscard]] bool closes_cycle(char* report, std::size_t size) noexcept;
  // The unit has ended, or its main chunk has: others take over what it still holds.
  void hand_on() noexcept;

  // idle -> waiting -> who has claimed it -> idle;  waiting -> idle (given up)
  static constexpr std::uint32_t kIdle = 0;
  static constexpr std::uint32_t kWaiting = 1;
  std::atomic<std::uint32_t> state{kIdle};
  std::uint32_t claimed_index = 0;  // or kAgain
  std::uint64_t wait = 0;           // the number of the last one
  Ref<Waiter> next_woken;           // on its way to its thread
  Ref<ThreadRecord> thread;
  char name[48] = {};            // of the unit; for reports
  void* unit;                    // means something in its own process only
  Link held;                     // the head of what it holds (HeldLink); its thread only
  Ref<Object> changing;          // what it is about to begin or end holding; its thread only
  Guarded<Ref<HeldLink>> spare;  // for an object with many holders, which has none for each
  bool waits_endlessly = false;  // its thread only: `endless` is in Family::endless
  EndlessLink endless{*this};
  WaiterLink listed{*this};
  Nanos deadline = kForever;  // of the wait in progress
  std::uint32_t node_count = 1;
  Ref<SharedWaitNode> more;  // the nodes of a select, all of them
  SharedWaitNode node;       // that of any other wait
};

// Whom a thread has claimed and not posted yet: in its journal, for those who find it dead.
struct Claims {
  Ref<Waiter> claiming;  // it may have claimed this one, too
  Ref<Waiter> first;     // by next_woken
  Ref<Waiter> last;
  std::uint32_t scopes;  // how many Wakeups there are
  // It may have posted this one.
  Ref<Waiter> posting;
  Ref<ThreadRecord> thread;  // of that one
  std::uint64_t wait;        // of that one
  Ref<Object> touching;      // half_held is to be called
};

// The waiters that an operation has claimed. They are told in that order when the outermost of the
// thread goes out of scope, which must be after the object's mutex was released: declare it before
// the lock.
class Wakeups {
 public:
  Wakeups() noexcept
      : claims_(arena::t_journal == nullptr
                    ? own_
                    : *reinterpret_cast<Claims*>(arena::t_journal->upper.data())) {
    ++claims_.scopes;
  }
  Wakeups(const Wakeups&) = delete;
  Wakeups& operator=(const Wakeups&) = delete;
  ~Wakeups() {
    if (--claims_.scopes == 0 && claims_.first) flush();
  }

  // False: its wait is over.
  [[nodiscard]] bool claim(Waiter& waiter, std::uint32_t index) noexcept;

 private:
  void flush() noexcept;

  Claims own_{};
  Claims& claims_;
};

// While it lives a kill of the process has half_held called for the object, which the calling
// thread has a handle of.
class Touching {
 public:
  explicit Touching(Object& object) noexcept { set(&object); }
  ~Touching() { set(nullptr); }
  Touching(const Touching&) = delete;
  Touching& operator=(const Touching&) = delete;

  // The same from one call to another.
  static void note(Object& object) noexcept { set(&object); }
  static void nothing() noexcept { set(nullptr); }

 private:
  static void set(Object* object) noexcept {
    if (arena::t_journal == nullptr) return;
    arena::keep_order();
    reinterpret_cast<Claims*>(arena::t_journal->upper.data())->touching = object;
    arena::keep_order();
  }
};

// A thread of a process that is gone: tells the threads of those whom it had claimed, and has what
// it was touching mended.
void leave_claims(arena::Journal& dead) noexcept;

}  // namespace braid::runtime
