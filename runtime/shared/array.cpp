#include "shared/array.hpp"

#include <cstring>
#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

const ObjectType kType{
    .name = "Array",
    .destroy = [](Object& object) noexcept { arena::destroy(static_cast<Array*>(&object)); },
    .attempt = nullptr,
    .enqueue = nullptr,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::array, kType), true);

}  // namespace

Array* Array::create(CellType type, std::uint64_t size, OwnLock::Kind lock_kind, Lock* given_lock) {
  std::size_t bytes;
  if (__builtin_mul_overflow(size, size_of(type), &bytes) ||
      __builtin_add_overflow(bytes, sizeof(Array), &bytes)) {
    throw std::bad_alloc();
  }
  auto* array = new (arena::allocate(bytes)) Array(type, size, lock_kind, given_lock);
  std::memset(array->item(0), 0, bytes - sizeof(Array));
  return array;
}

void Array::write(std::uint64_t at, std::span<const std::byte> bytes) noexcept {
  std::byte* to = item(0) + at;
  for (const std::byte byte : bytes) {
    std::atomic_ref(*to++).store(byte, std::memory_order_relaxed);
  }
}

}  // namespace braid::runtime
