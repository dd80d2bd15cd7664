// Growing output of the encoder. Small messages stay in the inline part: nothing is allocated for
// them, and a Bytes that is kept and cleared reuses what it has up to kKept bytes.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>

namespace braid::codec {

// Owning thread only.
class Bytes {
 public:
  Bytes() noexcept = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { release(); }

  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  // Room for `extra` more bytes. Throws std::bad_alloc; then nothing has changed.
  void reserve(std::size_t extra) {
    if (capacity_ - size_ < extra) [[unlikely]]
      grow(extra);
  }

  // Where the next bytes go, at least `extra` of them; then commit(behind the last one written).
  [[nodiscard]] std::byte* room(std::size_t extra) {
    reserve(extra);
    return data_ + size_;
  }
  void commit(const std::byte* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }

  void append(const void* bytes, std::size_t count) {
    if (count == 0) return;
    std::byte* at = room(count);
    std::memcpy(at, bytes, count);
    size_ += count;
  }
  void push(std::byte value) {
    *room(1) = value;
    ++size_;
  }
  void truncate(std::size_t size) noexcept { size_ = size; }
  void clear() noexcept {
    size_ = 0;
    if (capacity_ > kKept) release();
  }

 private:
  static constexpr std::size_t kInline = 256;
  static constexpr std::size_t kKept = std::size_t{256} * 1024;

  void grow(std::size_t extra) {
    if (extra > static_cast<std::size_t>(PTRDIFF_MAX) - size_) throw std::bad_alloc();
    const std::size_t wanted = size_ + extra;
    const std::size_t capacity = wanted > capacity_ * 2 ? wanted : capacity_ * 2;
    auto* bigger = static_cast<std::byte*>(::operator new(capacity));
    std::memcpy(bigger, data_, size_);
    release();
    data_ = bigger;
    capacity_ = capacity;
  }
  void release() noexcept {
    if (data_ != inline_) ::operator delete(data_);
    data_ = inline_;
    capacity_ = kInline;
  }

  std::byte* data_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = kInline;
  std::byte inline_[kInline];
};

}  // namespace braid::codec
