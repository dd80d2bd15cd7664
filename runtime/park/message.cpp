#include "park/message.hpp"

#include <atomic>
#include <cstring>
#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

using Release = void (*)(const std::byte*, std::size_t) noexcept;
constinit std::atomic<Release> g_release{[](const std::byte*, std::size_t) noexcept {}};

}  // namespace

Message* make_message(const std::byte* bytes, std::size_t size) {
  void* block = arena::allocate(sizeof(Message) + size);
  auto* message = new (block) Message{size};
  std::memcpy(message + 1, bytes, size);
  return message;
}

void drop_message(Message* message) noexcept {
  if (message == nullptr) return;
  release_references(message->bytes(), message->size);
  arena::release(message);
}

void release_references(const std::byte* bytes, std::size_t size) noexcept {
  g_release.load(std::memory_order_relaxed)(bytes, size);
}

void on_message_drop(Release release) noexcept {
  g_release.store(release, std::memory_order_relaxed);
}

}  // namespace braid::runtime
