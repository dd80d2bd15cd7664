#include "park/waiter.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <new>

#include "arena/arena.hpp"
#include "arena/recovery.hpp"
#include "park/family.hpp"
#include "park/thread_record.hpp"

namespace braid::runtime {
namespace {

// Filled before the first object is made, constant from then on.
constinit std::array<const ObjectType*, static_cast<std::size_t>(ObjectKind::count)> g_types{};

// The wait has ended: the object may go.
void forget_object(SharedWaitNode& node) noexcept {
  node.object = nullptr;
  Object* object = node.kept.get();
  node.kept = nullptr;
  if (object != nullptr) drop(*object);
}

void leave_object(SharedWaitNode& node) noexcept {
  if (Object* object = node.kept.get()) {
    Wakeups wakeups;
    MutexLock lock(object->mutex);
    if (node.linked()) {
      node.unlink();
      if (auto* abandoned = type_of(*object).abandoned) abandoned(*object, node, wakeups);
    }
  }
  forget_object(node);
}

}  // namespace

void define(ObjectKind kind, const ObjectType& type) noexcept {
  g_types[static_cast<std::size_t>(kind)] = &type;
}

bool is_defined(ObjectKind kind) noexcept {
  return g_types[static_cast<std::size_t>(kind)] != nullptr;
}

const ObjectType& type_of(ObjectKind kind) noexcept {
  return *g_types[static_cast<std::size_t>(kind)];
}

SharedWaitNode* SharedWaitList::claim_first(Wakeups& wakeups) noexcept {
  for (SharedWaitNode* node = first(); node != nullptr; node = after(*node)) {
    // Who has given its wait up, or was claimed elsewhere, is about to take the node off itself.
    if (claim(*node, wakeups)) return node;
  }
  return nullptr;
}

bool SharedWaitList::claim(SharedWaitNode& node, Wakeups& wakeups) noexcept {
  if (!wakeups.claim(*node.waiter, node.index)) return false;
  node.unlink();
  return true;
}

Waiter::Waiter(ThreadRecord& of_thread, void* of_unit) noexcept
    : thread(&of_thread), unit(of_unit) {
  listed.insert_before(of_thread.waiters);
}

Waiter::~Waiter() {
  listed.unlink();
  if (spare) arena::destroy(spare.get());
}

bool Waiter::give_up() noexcept {
  const auto try_it = [this]() noexcept {
    std::uint32_t expected = kWaiting;
    return state.compare_exchange_strong(expected, kIdle, std::memory_order_acq_rel);
  };
  Object* object = more ? nullptr : node.kept.get();
  if (object == nullptr || !type_of(*object).all_together) return try_it();
  MutexLock lock(object->mutex);
  return try_it();
}

void Waiter::end() noexcept {
  if (waits_endlessly) {
    MutexLock lock(thread->program->family().mutex);
    endless.unlink();
    waits_endlessly = false;
  }
  if (more) {
    for (std::uint32_t i = 0; i < node_count; ++i) leave_object(more.get()[i]);
  } else if (!node.object) {
    // A select of nothing that is shared.
  } else if (is_claimed() && claimed_index != kAgain) {
    forget_object(node);  // who claims a waiter has taken its node off the list
  } else {
    leave_object(node);
  }
  state.store(kIdle, std::memory_order_relaxed);
}

SharedWaitNode& Waiter::claimed_node() noexcept {
  if (!more) return node;
  SharedWaitNode* found = more.get();
  while (found->index != claimed_index) ++found;
  return *found;
}

bool Waiter::end_untaken() noexcept {
  bool undone = true;
  if ((is_claimed() || (is_waiting() && !give_up())) && claimed_index != kAgain) {
    SharedWaitNode& given = claimed_node();
    Object* object = given.kept.get();
    auto* untaken = object != nullptr ? type_of(*object).untaken : nullptr;
    if (untaken != nullptr) untaken(*object, given);
    undone = untaken != nullptr;
  }
  end();
  return undone;
}

void Waiter::hand_on() noexcept {
  while (held.linked()) {
    auto& link = static_cast<HeldLink&>(*held.next);
    type_of(*link.object).owner_ended(*link.object, link);
  }
}

bool Waiter::closes_cycle(char* report, std::size_t size) noexcept {
  Family& family = thread->program->family();
  MutexLock lock(family.mutex);
  // A unit that is not in the list may still act, and so may one that has just been claimed.
  const auto is_stuck = [&family](const Waiter* which) noexcept {
    for (Link* link = family.endless.next.get(); link != &family.endless; link = link->next.get()) {
      const Waiter& other = *static_cast<EndlessLink*>(link)->waiter;
      if (&other == which) return other.is_waiting();
    }
    return false;
  };
  std::uint32_t steps = 0;
  std::size_t length = 0;
  constexpr std::uint32_t kLongestChain = 10'000;  // a cycle elsewhere would lead round for ever
  for (const Waiter* stuck = this; stuck == this || is_stuck(stuck);) {
    const ObjectType& type = type_of(*stuck->node.object);
    const Waiter* owner = type.owner(*stuck->node.object);
    if (owner == nullptr || ++steps > kLongestChain) break;
    if (length < size) {
      length += static_cast<std::size_t>(std::snprintf(
          report + length, size - length, "%s%s waits for a %s held by %s", steps == 1 ? "" : ", ",
          stuck->name, type.name, owner == this || is_stuck(owner) ? owner->name : "another unit"));
    }
    if (owner == this) return true;
    stuck = owner;
  }
  endless.insert_before(family.endless);
  waits_endlessly = true;
  return false;
}

bool Wakeups::claim(Waiter& waiter, std::uint32_t index) noexcept {
  claims_.claiming = &waiter;
  arena::keep_order();
  const bool is_ours = waiter.claim(index);
  arena::keep_order();
  if (is_ours) {
    waiter.next_woken = nullptr;
    arena::keep_order();
    if (claims_.first) {
      claims_.last->next_woken = &waiter;
    } else {
      claims_.first = &waiter;
    }
    arena::keep_order();
    claims_.last = &waiter;
  }
  arena::keep_order();
  claims_.claiming = nullptr;
  return is_ours;
}

void Wakeups::flush() noexcept {
  while (Waiter* waiter = claims_.first.get()) {
    claims_.thread = waiter->thread;
    claims_.wait = waiter->wait;
    arena::keep_order();
    claims_.posting = waiter;
    arena::keep_order();
    claims_.first = waiter->next_woken;
    arena::keep_order();
    waiter->thread->post(*waiter);
    arena::keep_order();
    claims_.posting = nullptr;
  }
}

// --- after a kill ---

namespace {

// Its claim is undone. It waits again; should its deadline have passed meanwhile, its thread must
// know. A select must look again: what it waits for elsewhere may have passed it by.
void undo_claim(Waiter& waiter) noexcept {
  const Ref<ThreadRecord> thread = waiter.thread;
  const std::uint64_t wait = waiter.wait;
  if (waiter.more) {
    waiter.claimed_index = Waiter::kAgain;
  } else {
    waiter.state.store(Waiter::kWaiting);
  }
  thread->leave_orphan(&waiter, wait, true);
}

// The section of this mutex, that of an object, is undone.
void undo_claims(arena::Journal& dead, std::uint32_t mutex) noexcept {
  auto& claims = *reinterpret_cast<Claims*>(dead.upper.data());
  const Ref<Waiter> claiming = claims.claiming;
  bool is_listed = false;
  Ref<Waiter> kept;
  for (Waiter* waiter = claims.first.get(); waiter != nullptr;) {
    Waiter* next = waiter->next_woken.get();
    is_listed |= waiter == claiming.get();
    const SharedWaitNode& node = waiter->claimed_node();
    if (node.linked() && node.kept.granule() == mutex) {
      undo_claim(*waiter);
    } else {
      waiter->next_woken = kept;
      kept = waiter;
    }
    waiter = next;
  }
  claims.first = kept;
  if (claiming && !is_listed && claiming->state.load() == Waiter::claimed_by(&dead)) {
    undo_claim(*claiming);
  }
  claims.claiming = nullptr;
}
[[maybe_unused]] const bool g_undoes = (arena::on_undo(undo_claims), true);

}  // namespace

void leave_claims(arena::Journal& dead) noexcept {
  auto& claims = *reinterpret_cast<Claims*>(dead.upper.data());
  if (claims.posting) claims.thread->leave_orphan(claims.posting, claims.wait, false);
  for (Waiter* waiter = claims.first.get(); waiter != nullptr;) {
    Waiter* next = waiter->next_woken.get();
    if (waiter != claims.posting.get()) waiter->thread->leave_orphan(waiter, waiter->wait, false);
    waiter = next;
  }
  if (Object* object = claims.touching.get()) type_of(*object).half_held(*object, nullptr);
}

void ThreadRecord::leave_orphan(Ref<Waiter> waiter, std::uint64_t wait, bool undone) noexcept {
  try {
    const Ref<Orphan> orphan = arena::create<Orphan>(Ref<Orphan>(), waiter, undone, wait);
    std::uint32_t last = orphans.load();
    do {
      orphan->next = Ref<Orphan>::from_granule(last);
    } while (!orphans.compare_exchange_weak(last, orphan.granule()));
    requests.fetch_or(kOrphans);
    parker.unpark_surely();
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): lost
  }
}

ThreadRecord::Orphan* ThreadRecord::take_orphans() noexcept {
  return Ref<Orphan>::from_granule(orphans.exchange(0)).get();
}

void ThreadRecord::begin() noexcept {
  requests.store(0);
  process_id = getpid();
  thread_id = static_cast<std::int32_t>(syscall(SYS_gettid));
}

void ThreadRecord::post(Waiter& waiter) noexcept {
  const std::uint32_t self = Ref<Waiter>(&waiter).granule();
  std::uint32_t last = inbox.load(std::memory_order_relaxed);
  do {
    waiter.next_woken = Ref<Waiter>::from_granule(last);
  } while (!inbox.compare_exchange_weak(last, self, std::memory_order_release,
                                        std::memory_order_relaxed));
  if (last == 0) parker.unpark();
}

Waiter* ThreadRecord::take_posted() noexcept {
  if (!has_posted()) return nullptr;
  Ref<Waiter> last = Ref<Waiter>::from_granule(inbox.exchange(0, std::memory_order_acquire));
  Ref<Waiter> first;
  while (Waiter* waiter = last.get()) {
    last = waiter->next_woken;
    waiter->next_woken = first;
    first = waiter;
  }
  return first.get();
}

}  // namespace braid::runtime
