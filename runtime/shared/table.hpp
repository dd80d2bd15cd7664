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
//   Waits:   never. A change says `busy` while another unit holds `updating`: who wants to make it
//            all the same waits for that lock, and makes it as the holder.
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
  // What has become of a change; unless it is done, nothing has changed.
  enum class Change : std::uint8_t { done, refused, busy };

  Table() noexcept
      : Object(ObjectKind::table), lock(OwnLock::Kind::own), updating(OwnLock::Kind::own) {}
  ~Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // A slot that comes out of these has its content retained for the caller; one that goes in is
  // taken over if the change is done. `unit` is who makes the change; null = no one that updates.
  [[nodiscard]] Slot get(const Key& key) noexcept;
  Change set(const Key& key, const Slot& value, const Waiter* unit = nullptr);
  // Adds a number to a number, or to nothing. Refused: `result` is what is there, and that is no
  // number, or the sum is out of range.
  Change increment(const Key& key, const Slot& delta, Slot& result, const Waiter* unit = nullptr);

  [[nodiscard]] std::uint64_t length() noexcept;
  // The new length; 0 = busy.
  std::uint64_t append(const Slot& value, const Waiter* unit = nullptr);
  // Refused: the index is not within 1 … length + 1.
  Change insert(std::uint64_t index, const Slot& value, const Waiter* unit = nullptr);
  // As table.remove has it: behind the last item there is nothing to remove, and no mistake.
  // Refused: the index is not within 1 … length + 1, nor 0 in an empty table.
  Change remove(std::uint64_t index, Slot& value, const Waiter* unit = nullptr) noexcept;
  // Refused: there is none.
  Change remove_last(Slot& value, const Waiter* unit = nullptr) noexcept;
  void copy(TableCopy& copy);

  // Is the table being changed by this unit alone?
  [[nodiscard]] bool updated_by(const Waiter* unit) const noexcept {
    const Lock* holder = updating.made();
    return holder != nullptr && holder->owned_by(unit);
  }

  OwnLock lock;      // for scripts
  OwnLock updating;  // held while one unit reads a value, makes another of it, and puts that in

 private:
  class Discard;
  class Locked;
  friend struct TableLife;
  friend class TableSearch;

  // The mutex is held: who has taken `updating` since will see what the holder of it does.
  [[nodiscard]] bool busy_for(const Waiter* unit) const noexcept {
    const Lock* holder = updating.made();
    return holder != nullptr && holder->locked() && !holder->owned_by(unit);
  }
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

}  // namespace braid::runtime
