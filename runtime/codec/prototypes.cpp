#include "codec/prototypes.hpp"

#include <atomic>
#include <cstring>
#include <new>

#include "arena/arena.hpp"

namespace braid::codec {
namespace {

namespace arena = runtime::arena;

using Slot = std::atomic<std::uint32_t>;  // the granule of a Prototype; 0 = free

// The last part of the arena's root.
Slot* slots() noexcept {
  constexpr std::size_t kBytes = prototypes::kMost * sizeof(Slot);
  static_assert(kBytes <= arena::kRootBytes);
  return reinterpret_cast<Slot*>(static_cast<std::byte*>(arena::root()) + arena::kRootBytes -
                                 kBytes);
}

Prototype* in(const Slot& slot) noexcept {
  return runtime::Ref<Prototype>::from_granule(slot.load(std::memory_order_acquire)).get();
}

struct Place {
  std::uint32_t offset;  // in the bytecode
  std::uint32_t size;
};

bool equal(const Prototype& a, const Prototype& b, const std::byte* code) noexcept {
  return a.hash == b.hash && a.size == b.size && a.globals == b.globals &&
         std::memcmp(a.code(), code, a.size) == 0;
}

// Null = there is no memory.
Prototype* make(const Prototype& like, const std::byte* code, const bytecode::Span* names,
                std::size_t code_offset) noexcept {
  try {
    void* block = arena::allocate(sizeof like + like.size + like.names * sizeof(Place));
    auto* made = new (block) Prototype(like);
    auto* at = reinterpret_cast<std::byte*>(made + 1);
    std::memcpy(at, code, like.size);
    at += like.size;
    for (std::size_t i = 0; i < like.names; ++i, at += sizeof(Place)) {
      const Place place{static_cast<std::uint32_t>(names[i].offset - code_offset),
                        static_cast<std::uint32_t>(names[i].size)};
      std::memcpy(at, &place, sizeof place);
    }
    return made;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

std::string_view Prototype::name(std::size_t i) const noexcept {
  Place place;
  std::memcpy(&place, code() + size + i * sizeof place, sizeof place);
  return {reinterpret_cast<const char*>(code()) + place.offset, place.size};
}

std::uint16_t prototypes::add(const Prototype& like, const std::byte* code,
                              const bytecode::Span* names, std::size_t code_offset) noexcept {
  constexpr std::size_t kTries = 16;
  Prototype* made = nullptr;
  for (std::size_t i = 0; i < kTries; ++i) {
    const std::size_t index = (like.hash + i) % kMost;
    Slot& slot = slots()[index];
    const Prototype* there = in(slot);
    if (there == nullptr) {
      if (made == nullptr) made = make(like, code, names, code_offset);
      if (made == nullptr) return 0;
      std::uint32_t free = 0;
      if (slot.compare_exchange_strong(free, runtime::Ref<Prototype>(made).granule())) {
        return static_cast<std::uint16_t>(index + 1);
      }
      there = in(slot);  // somebody else was first
    }
    if (equal(*there, like, code)) {
      if (made != nullptr) arena::release(made);
      return static_cast<std::uint16_t>(index + 1);
    }
  }
  if (made != nullptr) arena::release(made);
  return 0;
}

const Prototype* prototypes::at(std::uint16_t number) noexcept {
  return number == 0 || number > kMost ? nullptr : in(slots()[number - 1]);
}

}  // namespace braid::codec
