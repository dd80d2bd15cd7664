// Those who wait for one thing: a doubly linked list through the waiters themselves.
// A node knows what to do when its turn comes (`notify`), so that a parked unit and a set that
// watches many things hang in the same list. No list ever allocates.
#pragma once

namespace braid::runtime {

struct WaitNode {
  using Notify = void (*)(WaitNode&) noexcept;

  explicit WaitNode(Notify on_notify) noexcept : notify(on_notify) {}
  WaitNode(const WaitNode&) = delete;
  WaitNode& operator=(const WaitNode&) = delete;

  [[nodiscard]] bool linked() const noexcept { return next != nullptr; }
  void unlink() noexcept {
    if (!linked()) return;
    prev->next = next;
    next->prev = prev;
    prev = next = nullptr;
  }

  WaitNode* prev = nullptr;
  WaitNode* next = nullptr;
  const Notify notify;  // called after the node has left the list
};

// First come, first notified. Owning thread only.
class WaitList {
 public:
  WaitList() noexcept { head_.prev = head_.next = &head_; }
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;

  void push(WaitNode& node) noexcept {
    node.prev = head_.prev;
    node.next = &head_;
    head_.prev->next = &node;
    head_.prev = &node;
  }

  [[nodiscard]] bool empty() const noexcept { return head_.next == &head_; }

  // Null when nobody waits.
  [[nodiscard]] WaitNode* first() noexcept { return empty() ? nullptr : head_.next; }

  void notify_all() noexcept {
    while (!empty()) {
      WaitNode& node = *head_.next;
      node.unlink();
      node.notify(node);
    }
  }

 private:
  WaitNode head_{nullptr};
};

}  // namespace braid::runtime
