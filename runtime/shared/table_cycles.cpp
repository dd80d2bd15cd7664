// The end of tables. One that nobody refers to is destroyed. Tables that refer to each other, and
// that nothing else refers to, are found when the last reference from outside is dropped.
//
// The search visits what the table reaches, holding the mutexes of all that it has found: then no
// handle can come out of any of them. A table with references that do not come from among the found
// is live, and so is all that it reaches; the rest is garbage. The reference that is being dropped
// goes before the mutexes are released, so of several searches that see each other's reference the
// last one sees none. Methods of tables hold one mutex at a time, so a search may take them in any
// order; where two searches meet, one lets go of everything and begins again.
#include <sched.h>
#include <unistd.h>

#include "shared/table_guard.hpp"

namespace braid::runtime {

class TableSearch {
 public:
  // Drops a reference to `first`.
  explicit TableSearch(Table& first) noexcept : first_(first) {
    while (!find_all()) sched_yield();
    find_live();
    Table* garbage = nullptr;
    if (first_.live_) {
      first_.references.fetch_sub(1);
    } else {
      garbage = take_garbage();
    }
    unlock_all();
    TableLife::bury(garbage);
  }
  TableSearch(const TableSearch&) = delete;
  TableSearch& operator=(const TableSearch&) = delete;

 private:
  // More references than there can be: those among garbage do not bring it to an end.
  static constexpr std::uint32_t kBuried = 1U << 30;

  static std::uint64_t next_id() noexcept {
    static thread_local std::uint64_t id = static_cast<std::uint64_t>(gettid()) << 32;
    return ++id;
  }

  // Calls function(content) for those that refer to tables.
  template <typename Function>
  static void each_content(Table& table, const Function& function) {
    if (table.linking_.load() == 0) return;
    table.each_slot([&function](const Slot& slot) {
      Content* content = slot.content();
      if (content != nullptr && content->table_count > 0) function(*content);
    });
  }
  template <typename Function>
  static void each_table(Content& content, const Function& function) {
    for (std::uint32_t i = 0; i < content.object_count; ++i) {
      Object& object = *content.objects()[i];
      if (object.kind == ObjectKind::table) function(static_cast<Table&>(object));
    }
  }

  void add(Table& table) noexcept {
    if (table.journal_.step != Journal::Step::none) table.mend();
    std::atomic_ref(table.search_).store(id_);
    table.visits_ = 0;
    table.live_ = false;
    table.next_ = nullptr;
    if (last_ == nullptr) {
      list_ = &table;
    } else {
      last_->next_ = &table;
    }
    last_ = &table;
  }

  // False: another search was in the way, and nothing is locked.
  bool find_all() noexcept {
    list_ = last_ = nullptr;
    first_.mutex.lock();
    add(first_);
    bool free = true;
    for (Table* table = &first_; table != nullptr && free; table = table->next_.get()) {
      each_content(*table, [&](Content& content) {
        // Somebody is reading it, and holds the table, too.
        if (content.references.load() > 1) table->live_ = true;
        each_table(content, [&](Table& target) {
          if (!free) return;
          if (std::atomic_ref(target.search_).load() != id_) {
            free = target.mutex.try_lock();
            if (!free) return;
            add(target);
          }
          ++target.visits_;
        });
      });
    }
    if (!free) unlock_all();
    return free;
  }

  // A table's mark says that it is locked only as long as it is.
  void unlock_all() noexcept {
    for (Table* table = list_; table != nullptr;) {
      Table* next = table->next_.get();
      std::atomic_ref(table->search_).store(0);
      table->mutex.unlock();
      table = next;
    }
  }

  void find_live() noexcept {
    Table* open = nullptr;
    const auto open_up = [&open](Table& table) {
      table.live_ = true;
      table.next_live_ = open;
      open = &table;
    };
    for (Table* table = list_; table != nullptr; table = table->next_.get()) {
      const std::uint32_t mine = table == &first_ ? 1 : 0;
      if (table->live_ || table->references.load() > table->visits_ + mine) open_up(*table);
    }
    while (Table* table = open) {
      open = table->next_live_.get();
      each_content(*table, [&](Content& content) {
        each_table(content, [&](Table& target) {
          if (!target.live_) open_up(target);
        });
      });
    }
  }

  // Returns them as a list by next_live_.
  Table* take_garbage() noexcept {
    Table* garbage = nullptr;
    for (Table* table = list_; table != nullptr; table = table->next_.get()) {
      if (table->live_) continue;
      table->references.store(kBuried);
      table->next_live_ = garbage;
      garbage = table;
    }
    return garbage;
  }

  Table& first_;
  const std::uint64_t id_ = next_id();
  Table* list_ = nullptr;  // by next_
  Table* last_ = nullptr;
};

void TableLife::let_go(Object& object) noexcept {
  auto& table = static_cast<Table&>(object);
  std::uint64_t seen = table.references.load();
  for (;;) {
    const std::uint32_t inner = table.inner_.load();
    if (inner > 0 && seen == inner + 1 && table.linking_.load() > 0) {
      TableSearch search(table);
      return;
    }
    if (table.references.compare_exchange_weak(seen, seen - 1)) break;
  }
  if (seen == 1) destroy(table);
}

void TableLife::destroy(Object& object) noexcept {
  auto& table = static_cast<Table&>(object);
  table.next_live_ = nullptr;
  bury(&table);
}

// What a table refers to may come to its end with it: that is put off until this one is done with,
// so that a long chain needs no deep stack; and none is freed before all have let go of each other.
void TableLife::bury(Table* first) noexcept {
  static thread_local Table* t_dead = nullptr;
  static thread_local bool t_burying = false;
  while (Table* table = first) {
    first = table->next_live_.get();
    table->next_live_ = t_dead;
    t_dead = table;
  }
  if (t_burying) return;
  t_burying = true;
  Table* emptied = nullptr;
  while (Table* table = t_dead) {
    t_dead = table->next_live_.get();
    empty(*table);
    table->next_live_ = emptied;
    emptied = table;
  }
  while (Table* table = emptied) {
    emptied = table->next_live_.get();
    arena::destroy(table);
  }
  t_burying = false;
}

void TableLife::empty(Table& table) noexcept {
  // A search that has just found it live may still be about to unlock it; from then on it is ours.
  { const Table::Locked locked(table); }
  table.each_slot([&table](const Slot& slot) {
    table.detach(slot);
    drop_content(slot);
  });
}

}  // namespace braid::runtime
