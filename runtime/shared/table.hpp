// A mutable table that every unit sees. Its values are copies: numbers and short strings in slots,
// others stand behind them (slot.hpp).
//
// Two parts, as Lua's tables have: the items 1, 2, … (table_items), and a hash (table_hash). The
// key behind the last item is never in the hash, so the number of items is a border.
#pragma once

#include <string>
#include <vector>

#include "shared/own_lock.hpp"
#include "shared/table_hash.hpp"
#include "shared/table_items.hpp"

namespace braid::runtime {

class TableCopy;

// Keys and values that any unit reads and changes.
//   Units:   any method from any thread or process at once; each is atomic.
//   Waits:   never; its lock is for scripts, and for their updates.
//   Order:   what was written before a change is visible after it is seen.
//   Death:   a process killed inside a method leaves the table with the whole change or without it;
//            what it replaced or was reading may be lost to the arena.
//   Errors:  std::bad_alloc, and then nothing has changed.
//   Cost:    O(1) under one internal lock; insert, remove and copy are O(n) under it. A value that
//            does not fit into a slot is read and written outside the lock. Dropping the last
//            handle of a table that refers to tables, and is in one, visits all that it can reach.
//   Not promised: that a cycle that leads through other objects than tables is ever given back.
//   Tests:   tests/unit/shared_table_test.cpp, tests/spec/shared_table_*_spec.lua
class Table : public Object {
 public:
  Table() noexcept : Object(ObjectKind::table), lock(OwnLock::Kind::own) {}
  ~Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // A slot that comes out of these has its content retained for the caller; one that goes in is
  // taken over, unless they throw or fail.
  [[nodiscard]] Slot get(const Key& key) noexcept;
  void set(const Key& key, const Slot& value);
  // Only if the value is still `expected`, whose content the caller retains.
  bool replace(const Key& key, const Slot& expected, const Slot& value);
  // Adds a number to a number, or to nothing; false = there is something else, which `result` is.
  bool increment(const Key& key, const Slot& delta, Slot& result);

  [[nodiscard]] std::uint64_t length() noexcept;
  std::uint64_t append(const Slot& value);
  // False: the index is not within 1 … length + 1.
  bool insert(std::uint64_t index, const Slot& value);
  // Of the last item without an index. False: it is not within 1 … length.
  bool remove(std::uint64_t index, Slot& value) noexcept;
  bool remove_last(Slot& value) noexcept;
  void copy(TableCopy& copy);

  OwnLock lock;

 private:
  class Discard;
  class Locked;
  friend struct TableLife;
  friend class TableSearch;

  void mend() noexcept;
  [[nodiscard]] Slot* find(const Key& key) noexcept;
  void store(const Key& key, const Slot& value, Discard& discard);
  void store_item(std::uint64_t index, const Slot& value, Discard& discard);
  bool make_room();
  void push(const Slot& value);
  void adopt() noexcept;
  void take_item(std::uint64_t index, Slot& value) noexcept;
  void attach(const Slot& value) noexcept;
  void detach(const Slot& value) noexcept;
  template <typename Function>
  void each_slot(const Function& function);

  Journal journal_;
  TableItems items_;
  TableHash hash_;
  std::atomic<std::uint32_t> linking_{0};  // slots that refer to tables
  std::atomic<std::uint32_t> inner_{0};    // references to this one from tables

  // Of a search for garbage, which holds the mutex (table_cycles.cpp).
  std::uint64_t search_ = 0;  // which one; others read it, too
  std::uint32_t visits_ = 0;  // references from tables that were found
  bool live_ = false;
  Ref<Table> next_;  // found, or dead
  Ref<Table> next_live_;
};

// What was in a table at one moment. Holds the table and all contents in it. One thread only.
class TableCopy {
 public:
  struct Pair {
    Key::Kind kind;
    std::uint64_t bits;
    std::size_t text_at;
    Slot slot;
  };

  explicit TableCopy(Table& table) noexcept : table_(&table) { retain(table); }
  TableCopy(const TableCopy&) = delete;
  TableCopy& operator=(const TableCopy&) = delete;
  ~TableCopy() { release(); }

  // Lets go of all that it holds.
  void release() noexcept;
  [[nodiscard]] const std::vector<Slot>& items() const noexcept { return items_; }
  [[nodiscard]] const std::vector<Pair>& pairs() const noexcept { return pairs_; }
  [[nodiscard]] Key key(const Pair& pair) const noexcept {
    return {pair.kind, pair.bits, texts_.data() + pair.text_at, 0};
  }

 private:
  friend class Table;

  Table* table_;
  std::vector<Slot> items_;
  std::vector<Pair> pairs_;
  std::string texts_;
};

// Holds a slot's content, and the table that it came from. One thread only.
class SlotHold {
 public:
  explicit SlotHold(Table& table) noexcept : table_(&table) { retain(table); }
  SlotHold(const SlotHold&) = delete;
  SlotHold& operator=(const SlotHold&) = delete;
  ~SlotHold() { release(); }

  // Takes over what get() has returned.
  void take(const Slot& slot) noexcept { slot_ = slot; }
  // Lets go of both.
  void release() noexcept;
  [[nodiscard]] const Slot& slot() const noexcept { return slot_; }

 private:
  Slot slot_;
  Table* table_;
};

}  // namespace braid::runtime
