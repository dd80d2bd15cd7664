#include "shared/content.hpp"

#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {

Content* Content::create(std::size_t size, std::uint32_t object_count) {
  std::size_t bytes = sizeof(Content) + object_count * sizeof(Ref<Object>);
  if (__builtin_add_overflow(bytes, size, &bytes)) throw std::bad_alloc();
  return new (arena::allocate(bytes)) Content(size, object_count);
}

void Content::seal() noexcept {
  for (std::uint32_t i = 0; i < object_count; ++i) {
    if (objects()[i]->kind == ObjectKind::table) ++table_count;
  }
}

void Content::drop() noexcept {
  if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (std::uint32_t i = 0; i < object_count; ++i) runtime::drop(*objects()[i]);
  arena::destroy(this);
}

}  // namespace braid::runtime
