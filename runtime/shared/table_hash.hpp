// The values of a table under all other keys: linear hashing, which grows by one bucket at a time,
// so that no insertion takes longer because the table is large.
#pragma once

#include "shared/journal.hpp"
#include "shared/key.hpp"
#include "shared/segments.hpp"

namespace braid::runtime {

// One key and its value. Its text stands behind it.
struct alignas(16) Entry {
  [[nodiscard]] bool has(const Key& key) const noexcept {
    return hash == key.hash && kind == key.kind && bits == key.bits &&
           (kind != Key::Kind::text || std::memcmp(text(), key.text, bits) == 0);
  }
  [[nodiscard]] const char* text() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
  [[nodiscard]] Key key() const noexcept { return {kind, bits, text(), hash}; }

  Ref<Entry> next;
  std::uint32_t hash;
  std::uint64_t bits;  // as in Key
  Slot slot;           // never nil
  Key::Kind kind;
};

// Guarded by the table's mutex; a journal that is asked for is the table's.
class TableHash {
 public:
  using Link = Ref<Entry>;

  TableHash() noexcept = default;
  TableHash(const TableHash&) = delete;
  TableHash& operator=(const TableHash&) = delete;
  ~TableHash();

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // What points to the entry, or null.
  [[nodiscard]] Link* find(const Key& key) noexcept;
  // The key is not there. Throws std::bad_alloc; then nothing has changed.
  void insert(Journal& journal, const Key& key, const Slot& value);
  // Takes out the entry that find() has found; its content is the caller's.
  void erase(Link& link) noexcept;

  template <typename Function>
  void each(const Function& function) {
    for (std::uint64_t i = 0; i < buckets_in_use_; ++i) {
      for (Entry* entry = buckets_[i].get(); entry != nullptr; entry = entry->next.get()) {
        function(*entry);
      }
    }
  }

  // Completes what the journal says was begun.
  void redo_split(Journal& journal) noexcept;

 private:
  static constexpr std::uint64_t kFirstBuckets = 16;  // one segment

  [[nodiscard]] std::uint64_t bucket_of(std::uint32_t hash) const noexcept;
  void open();
  void split(Journal& journal) noexcept;

  std::uint64_t count_ = 0;  // at least: one more for each process killed in here
  std::uint64_t buckets_in_use_ = 0;
  Segments<Link> buckets_;
};

}  // namespace braid::runtime
