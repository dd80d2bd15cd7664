// A stack of plain records whose first N cost no allocation.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

namespace braid::codec {

template <typename T, std::size_t N>
class InlineStack {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  InlineStack() noexcept = default;
  InlineStack(const InlineStack&) = delete;
  InlineStack& operator=(const InlineStack&) = delete;
  ~InlineStack() {
    if (items_ != first()) ::operator delete(items_);
  }

  // Throws std::bad_alloc; then nothing has changed.
  T& push(const T& item) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    items_[size_] = item;
    return items_[size_++];
  }
  void pop() noexcept { --size_; }
  void truncate(std::size_t size) noexcept { size_ = size; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T& back() noexcept { return items_[size_ - 1]; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return items_[i]; }
  [[nodiscard]] const T* begin() const noexcept { return items_; }
  [[nodiscard]] const T* end() const noexcept { return items_ + size_; }

 private:
  [[nodiscard]] T* first() noexcept { return reinterpret_cast<T*>(inline_); }
  void grow() {
    auto* bigger = static_cast<T*>(::operator new(capacity_ * 2 * sizeof(T)));
    std::memcpy(static_cast<void*>(bigger), items_, size_ * sizeof(T));
    if (items_ != first()) ::operator delete(items_);
    items_ = bigger;
    capacity_ *= 2;
  }

  T* items_ = first();
  std::size_t size_ = 0;
  std::size_t capacity_ = N;
  alignas(T) std::byte inline_[N * sizeof(T)];
};

}  // namespace braid::codec
