// The node of a case of select that waits for something of the same thread.
#pragma once

#include "park/thread_record.hpp"
#include "park/wait_list.hpp"

namespace braid::stdlib {

struct SelectNode : runtime::WaitNode {
  SelectNode(runtime::Waiter& of_waiter, std::uint32_t at) noexcept
      : WaitNode(notified), waiter(of_waiter), index(at) {}

  // Is it this one that ends the wait? Then wake() must follow.
  [[nodiscard]] bool claim() noexcept { return waiter.claim(index); }
  void wake() noexcept { waiter.thread->post(waiter); }

  static void notified(WaitNode& node) noexcept {
    auto& self = static_cast<SelectNode&>(node);
    if (self.claim()) self.wake();
  }

  runtime::Waiter& waiter;
  const std::uint32_t index;
};

// Takes the first one off the list that is still waiting, claimed; null = there is none. wake_one
// must follow.
[[nodiscard]] inline runtime::WaitNode* claim_one(runtime::WaitList& list) noexcept {
  while (runtime::WaitNode* node = list.first()) {
    node->unlink();
    if (node->notify != SelectNode::notified || static_cast<SelectNode*>(node)->claim()) {
      return node;
    }
  }
  return nullptr;
}
inline void wake_one(runtime::WaitNode& node) noexcept {
  if (node.notify == SelectNode::notified) return static_cast<SelectNode&>(node).wake();
  node.notify(node);
}

}  // namespace braid::stdlib
