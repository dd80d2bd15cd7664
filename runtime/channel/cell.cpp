#include "channel/cell.hpp"

#include <cstring>
#include <new>

#include "arena/arena.hpp"
#include "channel/sort_key.hpp"
#include "park/message.hpp"

namespace braid::runtime {
std::byte* Cell::make(std::size_t size, bool keyed) {
  if (size > kInside) {
    if (size >> 48 != 0) throw std::bad_alloc();
    const Ref<std::byte> block = static_cast<std::byte*>(arena::allocate(size));
    const std::uint32_t granule = block.granule();
    std::memcpy(inside_, &granule, sizeof granule);
  }
  size_ = size;
  keyed_ = keyed ? 1 : 0;
  text_at_ = 0;
  own_ = 0;
  return data();
}

std::byte* Cell::block() const noexcept {
  std::uint32_t granule = 0;
  std::memcpy(&granule, inside_, sizeof granule);
  return Ref<std::byte>::from_granule(granule).get();
}

std::span<const std::byte> Cell::body() const noexcept {
  const std::size_t key = keyed() ? SortKey::size_at(data()) : 0;
  return {data() + key, size_ - key};
}

// It is empty first: should we be killed meanwhile, nobody drops it twice. This is where a message
// has been received.
void Cell::drop() noexcept {
  if (empty()) return;
  const Cell mine = *this;
  size_ = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::span<const std::byte> message = mine.body();
  release_references(message.data(), message.size());
  if (mine.size_ > kInside) arena::release(mine.block());
}

void Cell::free() noexcept {
  std::byte* outside = size_ > kInside ? block() : nullptr;
  size_ = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (outside != nullptr) arena::release(outside);
}

}  // namespace braid::runtime
