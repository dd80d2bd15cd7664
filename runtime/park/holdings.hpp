// What the handles of one Lua state hold, where others can see it: a process that is killed leaves
// handles that nobody will ever collect.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "park/object.hpp"

namespace braid::runtime {

struct ThreadRecord;

// In the arena: what one object each handle holds. Written by the state's thread, read when that is
// gone.
struct HoldingsPage {
  static constexpr std::uint32_t kFirstSlots = 56;
  static constexpr std::uint32_t kSlots = 1016;

  Ref<HoldingsPage> next;
  std::uint32_t count = 0;
  std::atomic<std::uint32_t> slots[1];  // as many as `count`: granules of objects, 0 = none
};

// The pages of one state.
//   Units:   the state's thread.
//   Death:   drop_all() gives up the references, but one that was just being taken or given up.
//   Errors:  std::bad_alloc.        Cost: a push or a pop of a vector.
//   Tests:   tests/spec/process_spec.lua
class Holdings {
 public:
  using Slot = std::atomic<std::uint32_t>;

  explicit Holdings(ThreadRecord& record) noexcept : record_(record) {}
  ~Holdings();
  Holdings(const Holdings&) = delete;
  Holdings& operator=(const Holdings&) = delete;

  [[nodiscard]] Slot& take() {
    if (free_.empty()) add_page();
    Slot& slot = *free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(Slot& slot) noexcept { free_.push_back(&slot); }  // there is always room

  // For a thread that is gone.
  static void drop_all(ThreadRecord& record) noexcept;

 private:
  void add_page();

  ThreadRecord& record_;
  std::vector<Slot*> free_;
  std::size_t all_ = 0;
};

}  // namespace braid::runtime
