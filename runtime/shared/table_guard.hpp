// For the table's own files: its mutex, held, what leaves it meanwhile, and how it ends.
#pragma once

#include "shared/table.hpp"

namespace braid::runtime {

// The contents that an operation has taken out. They are dropped when it goes out of scope, which
// must be after the mutex was released: declare it before the lock.
class Table::Discard {
 public:
  Discard() noexcept = default;
  Discard(const Discard&) = delete;
  Discard& operator=(const Discard&) = delete;
  ~Discard() {
    if (content_ != nullptr) content_->drop();
  }
  void add(const Slot& slot) noexcept { content_ = slot.content(); }

 private:
  Content* content_ = nullptr;
};

// Completes what somebody was killed in.
class Table::Locked {
 public:
  explicit Locked(Table& table) noexcept : table_(table) {
    table_.mutex.lock();
    if (table_.journal_.step != Journal::Step::none) [[unlikely]]
      table_.mend();
  }
  ~Locked() { table_.mutex.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Table& table_;
};

template <typename Function>
void Table::each_slot(const Function& function) {
  for (std::uint64_t i = 1; i <= items_.count(); ++i) function(items_[i]);
  hash_.each([&function](Entry& entry) { function(entry.slot); });
}

// Giving up references, and the table with the last of them (table_cycles.cpp).
struct TableLife {
  static void let_go(Object& object) noexcept;
  static void destroy(Object& object) noexcept;
  // Destroys a list of tables that nobody refers to but they themselves.
  static void bury(Table* first) noexcept;
  static void empty(Table& table) noexcept;
};

}  // namespace braid::runtime
