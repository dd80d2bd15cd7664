#include "park/operation.hpp"

#include <algorithm>
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

// Locks each object once, in the order of their places in the arena, which all do alike.
class LockAll {
 public:
  explicit LockAll(Waiter& waiter) {
    for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
      objects_.push_back(waiter.more.get()[i].object.get());
    }
    std::sort(objects_.begin(), objects_.end());
    objects_.erase(std::unique(objects_.begin(), objects_.end()), objects_.end());
    for (Object* object : objects_) object->mutex.lock();
  }
  ~LockAll() {
    for (Object* object : objects_) object->mutex.unlock();
  }
  LockAll(const LockAll&) = delete;
  LockAll& operator=(const LockAll&) = delete;

 private:
  std::vector<Object*> objects_;
};

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
  Wakeups wakeups;
  const LockAll lock(waiter);
  SharedWaitNode* nodes = waiter.more.get();
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    const std::uint32_t index = (first + i) % waiter.node_count;
    if (try_locked(*nodes[index].object, nodes[index], wakeups)) return static_cast<int>(index);
  }
  if (!wait) return -1;
  waiter.begin();
  for (std::uint32_t i = 0; i < waiter.node_count; ++i) {
    hang(*nodes[i].object, nodes[i], wakeups);
  }
  return -1;
}

}  // namespace braid::runtime
