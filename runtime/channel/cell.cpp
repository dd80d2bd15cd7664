#include "channel/cell.hpp"

#include <atomic>
#include <cstring>
#include <new>

#include "arena/arena.hpp"
#include "channel/sort_key.hpp"

namespace braid::runtime {
namespace {

// Said before the first message is made, the same in every thread.
constinit std::atomic<ReleaseMessage> g_release{nullptr};

}  // namespace

void on_message_dropped(ReleaseMessage release) noexcept { g_release.store(release); }

std::byte* Cell::make(std::size_t size, bool keyed) {
  if (size > kInside) {
    if (size >> 48 != 0) throw std::bad_alloc();
    const Ref<std::byte> block = static_cast<std::byte*>(arena::allocate(size));
    const std::uint32_t granule = block.granule();
    std::memcpy(inside_, &granule, sizeof granule);
  }
  size_ = size;
  keyed_ = keyed ? 1 : 0;
  own_ = 0;
  return data();
}

std::byte* Cell::block() const noexcept {
  std::uint32_t granule = 0;
  std::memcpy(&granule, inside_, sizeof granule);
  return Ref<std::byte>::from_granule(granule).get();
}

Bytes Cell::body() const noexcept {
  const std::size_t key = keyed() ? SortKey::size_at(data()) : 0;
  return {data() + key, size_ - key};
}

void Cell::drop() noexcept {
  if (empty()) return;
  if (const ReleaseMessage release = g_release.load(std::memory_order_relaxed)) {
    const Bytes message = body();
    release(message.data, message.size);
  }
  free();
}

void Cell::free() noexcept {
  if (size_ > kInside) arena::release(block());
  size_ = 0;
}

}  // namespace braid::runtime
