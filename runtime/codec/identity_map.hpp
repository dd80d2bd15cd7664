// Which objects are in the message already, and at which offset of it. Found by address; the
// encoder keeps alive whatever it has put in. The first few are searched in a row, more are hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace braid::codec {

class IdentityMap {
 public:
  // The offset at which `object` stands, or null.
  [[nodiscard]] std::size_t* find(const void* object) noexcept {
    if (slots_ == nullptr) {
      for (std::size_t i = 0; i < size_; ++i) {
        if (first_[i].object == object) return &first_[i].offset;
      }
      return nullptr;
    }
    Entry& entry = slot(object);
    return entry.object == nullptr ? nullptr : &entry.offset;
  }

  // To be called only for an object that find() has not found. Throws std::bad_alloc.
  void add(const void* object, std::size_t offset) {
    if (slots_ == nullptr) {
      if (size_ < kFirst) {
        first_[size_++] = {object, offset};
        return;
      }
      rehash(kFirst * 8);
    } else if (size_ * 2 >= mask_ + 1) {
      rehash((mask_ + 1) * 4);
    }
    slot(object) = {object, offset};
    ++size_;
  }

  void clear() noexcept {
    slots_.reset();
    size_ = 0;
  }

 private:
  struct Entry {
    const void* object;
    std::size_t offset;
  };
  static constexpr std::size_t kFirst = 8;

  // Objects made one after the other lie one after the other, a table every 64 bytes at best. What
  // lies in the same 512 bytes is kept together here, too, which saves cache misses; each such
  // group goes anywhere.
  [[nodiscard]] Entry& slot(const void* object) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    const std::uintptr_t group = (address >> 9) * 0x9E3779B97F4A7C15u >> 32;
    std::size_t i = group * 8 + (address >> 6) % 8;
    for (;; ++i) {
      Entry& entry = slots_[i & mask_];
      if (entry.object == object || entry.object == nullptr) return entry;
    }
  }

  void rehash(std::size_t capacity) {
    std::unique_ptr<Entry[]> old(new Entry[capacity]());
    const std::size_t old_capacity = slots_ == nullptr ? 0 : mask_ + 1;
    slots_.swap(old);
    mask_ = capacity - 1;
    if (old == nullptr) {
      for (std::size_t i = 0; i < size_; ++i) slot(first_[i].object) = first_[i];
    }
    for (std::size_t i = 0; i < old_capacity; ++i) {
      if (old[i].object != nullptr) slot(old[i].object) = old[i];
    }
  }

  std::size_t size_ = 0;
  std::size_t mask_ = 0;
  std::unique_ptr<Entry[]> slots_;
  Entry first_[kFirst];
};

}  // namespace braid::codec
