#include "park/operation.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace braid::runtime {
namespace {

bool try_locked(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  if (!type_of(object).attempt(object, node, wakeups)) return false;
  node.object = nullptr;
  return true;
}

// What a unit waits for lives as long as the wait: Waiter::end() drops the reference.
void hang(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  retain(object);
  node.kept = &object;
  type_of(object).enqueue(object, node, wakeups);
}

// The objects of a select, each once, in the order of their places in the arena, which all follow.
// Throws std::bad_alloc.
std::vector<Object*> objects_of(Waiter& waiter) {
  std::vector<Object*> objects;
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    const SharedWaitNode& node = waiter.more.get()[i];
    if (Object* object = node.object ? node.object.get() : node.kept.get()) {
      objects.push_back(object);
    }
  }
  std::sort(objects.begin(), objects.end());
  objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
  return objects;
}

// Locks them all, for one section.
class LockAll {
 public:
  explicit LockAll(std::vector<Object*> objects)
      : objects_((lock(objects), std::move(objects))), section_(objects_.front()->mutex) {}
  ~LockAll() {
    section_.commit_all();
    for (Object* object : objects_) object->mutex.unlock();
    section_.leave();
  }
  LockAll(const LockAll&) = delete;
  LockAll& operator=(const LockAll&) = delete;

  // What follows is about this one.
  void turn_to(Object& object) noexcept { section_.turn_to(object.mutex); }

 private:
  static void lock(const std::vector<Object*>& objects) noexcept {
    for (Object* object : objects) object->mutex.lock();
  }

  const std::vector<Object*> objects_;
  arena::Section section_;
};

// Takes the node, whose claim was undone, off its object's list, but leaves it what it has brought.
void unhang(Object& object, SharedWaitNode& node, Wakeups& wakeups) noexcept {
  if (!node.linked()) return;
  node.unlink();
  auto* abandoned = type_of(object).abandoned;
  if (abandoned == nullptr) return;
  std::array<std::byte, SharedWaitNode::kPayloadBytes> brought{};
  std::memcpy(brought.data(), node.payload, brought.size());
  std::memset(node.payload, 0, brought.size());
  abandoned(object, node, wakeups);
  std::memcpy(node.payload, brought.data(), brought.size());
}

}  // namespace

bool attempt(SharedWaitNode& node) noexcept {
  Wakeups wakeups;
  Object& object = *node.object;
  MutexLock lock(object.mutex);
  return try_locked(object, node, wakeups);
}

bool start(SharedWaitNode& node) noexcept {
  Wakeups wakeups;
  Object& object = *node.object;
  MutexLock lock(object.mutex);
  if (try_locked(object, node, wakeups)) return true;
  node.waiter->begin();
  hang(object, node, wakeups);
  return false;
}

int start_one(Waiter& waiter, std::uint32_t first, bool wait) {
  if (waiter.node_count == 0) {
    if (wait) waiter.begin();
    return -1;
  }
  Wakeups wakeups;
  LockAll lock(objects_of(waiter));
  SharedWaitNode* nodes = waiter.more.get();
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    const std::uint32_t index = (first + i) % waiter.node_count;
    lock.turn_to(*nodes[index].object);
    if (try_locked(*nodes[index].object, nodes[index], wakeups)) return static_cast<int>(index);
  }
  if (!wait) return -1;
  waiter.begin();
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    lock.turn_to(*nodes[i].object);
    hang(*nodes[i].object, nodes[i], wakeups);
  }
  return -1;
}

namespace {

bool start_again_one(Waiter& waiter) noexcept {
  SharedWaitNode& node = waiter.node;
  Object& object = *node.kept;
  Wakeups wakeups;
  MutexLock lock(object.mutex);
  unhang(object, node, wakeups);
  if (type_of(object).attempt(object, node, wakeups)) {
    waiter.claimed_index = 0;
    waiter.state.store(Waiter::claimed_by_me());
    return true;
  }
  waiter.begin();
  type_of(object).enqueue(object, node, wakeups);
  return false;
}

bool start_again_all(Waiter& waiter) {
  Wakeups wakeups;
  LockAll lock(objects_of(waiter));
  SharedWaitNode* nodes = waiter.more.get();
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    lock.turn_to(*nodes[i].kept);
    unhang(*nodes[i].kept, nodes[i], wakeups);
  }
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    lock.turn_to(*nodes[i].kept);
    if (!type_of(*nodes[i].kept).attempt(*nodes[i].kept, nodes[i], wakeups)) continue;
    waiter.claimed_index = nodes[i].index;
    waiter.state.store(Waiter::claimed_by_me());
    return true;
  }
  waiter.begin();
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    lock.turn_to(*nodes[i].kept);
    type_of(*nodes[i].kept).enqueue(*nodes[i].kept, nodes[i], wakeups);
  }
  return false;
}

}  // namespace

bool start_again(Waiter& waiter) {
  return waiter.more ? start_again_all(waiter) : start_again_one(waiter);
}

}  // namespace braid::runtime
