#include "shared/table_hash.hpp"

#include <new>

namespace braid::runtime {

TableHash::~TableHash() {
  for (std::uint64_t i = 0; i < buckets_in_use_; ++i) {
    while (Entry* entry = buckets_[i].get()) {
      buckets_[i] = entry->next;
      arena::destroy(entry);
    }
  }
}

// Those buckets that have not been shared out yet have the entries of two.
std::uint64_t TableHash::bucket_of(std::uint32_t hash) const noexcept {
  const std::uint64_t mask = std::bit_ceil(buckets_in_use_) - 1;
  const std::uint64_t bucket = hash & mask;
  return bucket < buckets_in_use_ ? bucket : bucket & mask >> 1;
}

TableHash::Link* TableHash::find(const Key& key) noexcept {
  if (buckets_in_use_ == 0) return nullptr;
  Link* link = &buckets_[bucket_of(key.hash)];
  for (Entry* entry = link->get(); entry != nullptr; entry = link->get()) {
    if (entry->has(key)) return link;
    link = &entry->next;
  }
  return nullptr;
}

void TableHash::insert(Journal& journal, const Key& key, const Slot& value) {
  if (buckets_in_use_ == 0) open();
  const std::size_t text = key.kind == Key::Kind::text ? key.bits : 0;
  auto* entry = new (arena::allocate(sizeof(Entry) + text)) Entry;
  Link& bucket = buckets_[bucket_of(key.hash)];
  entry->next = bucket;
  entry->hash = key.hash;
  entry->kind = key.kind;
  entry->bits = key.bits;
  entry->slot = value;
  if (text > 0) std::memcpy(entry + 1, key.text, text);
  ++count_;
  arena::keep_order();
  bucket = entry;
  if (count_ > buckets_in_use_) split(journal);
}

void TableHash::erase(Link& link) noexcept {
  Entry* entry = link.get();
  link = entry->next;
  arena::keep_order();
  --count_;
  arena::destroy(entry);
}

void TableHash::open() {
  buckets_.reserve(kFirstBuckets);
  for (std::uint64_t i = 0; i < kFirstBuckets; ++i) buckets_[i] = nullptr;
  arena::keep_order();
  buckets_in_use_ = kFirstBuckets;
}

// Without memory for one more bucket the chains just get longer.
void TableHash::split(Journal& journal) noexcept {
  try {
    buckets_.reserve(buckets_in_use_ + 1);
  } catch (const std::bad_alloc&) {
    return;
  }
  buckets_[buckets_in_use_] = nullptr;
  journal.moving = nullptr;
  journal.index = buckets_in_use_;
  journal.begin(Journal::Step::split);
  redo_split(journal);
}

void TableHash::redo_split(Journal& journal) noexcept {
  const std::uint64_t added = journal.index;
  const std::uint64_t mask = std::bit_ceil(added + 1) - 1;
  Link& to = buckets_[added];
  Link* from = &buckets_[added & mask >> 1];
  const auto unlink = [](Link* link, const Entry* entry) {
    while (link->get() != nullptr && link->get() != entry) link = &(*link)->next;
    if (link->get() != nullptr) *link = (*link)->next;
  };
  if (Entry* entry = journal.moving.get()) {
    unlink(from, entry);
    unlink(&to, entry);
    entry->next = to;
    arena::keep_order();
    to = entry;
    arena::keep_order();
    journal.moving = nullptr;
  }
  while (Entry* entry = from->get()) {
    if ((entry->hash & mask) != added) {
      from = &entry->next;
      continue;
    }
    journal.moving = entry;
    arena::keep_order();
    *from = entry->next;
    arena::keep_order();
    entry->next = to;
    arena::keep_order();
    to = entry;
    arena::keep_order();
    journal.moving = nullptr;
    arena::keep_order();
  }
  buckets_in_use_ = added + 1;
  journal.end();
}

}  // namespace braid::runtime
