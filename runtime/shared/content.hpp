// A value that is too large for a slot of a table: its bytes, and the shared objects that it refers
// to.
#pragma once

#include <cstddef>

#include "park/object.hpp"

namespace braid::runtime {

// Constant once it is made, and counted: the table that it is in holds one reference, and so does
// each unit that is reading it. Who reads a content holds its table, too, and for longer.
//   Units:   any.           Death: that of a reader leaks it.           Errors: none.
struct alignas(16) Content {
  // Room for the bytes; the objects are the encoder's references, which the content takes over.
  // Throws std::bad_alloc.
  static Content* create(std::size_t size, std::uint32_t object_count);

  // To be called once the objects are in place: counts the tables among them.
  void seal() noexcept;

  void retain() noexcept { references.fetch_add(1, std::memory_order_relaxed); }
  // The last one gives the objects up: no mutex may be held.
  void drop() noexcept;

  [[nodiscard]] Ref<Object>* objects() noexcept { return reinterpret_cast<Ref<Object>*>(this + 1); }
  [[nodiscard]] std::byte* bytes() noexcept {
    return reinterpret_cast<std::byte*>(objects() + object_count);
  }

  std::atomic<std::uint32_t> references{1};
  std::uint32_t object_count;
  std::uint32_t table_count = 0;  // of the objects
  std::size_t size;

 private:
  Content(std::size_t bytes, std::uint32_t objects_in) noexcept
      : object_count(objects_in), size(bytes) {}
};

}  // namespace braid::runtime
