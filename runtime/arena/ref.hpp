// References inside the arena. Every process maps it somewhere else, so what is stored in it is
// never a pointer but the distance from its start, in granules.
#pragma once

#include <cstddef>
#include <cstdint>

namespace braid::runtime {

namespace arena {
inline constexpr std::size_t kGranule = 16;
// Where the arena begins in this process, and how large its range is. Written once, before the
// first block is handed out.
inline constinit std::byte* g_base = nullptr;
inline constinit std::size_t g_bytes = 0;
}  // namespace arena

// A reference to a T in the arena; null by default. As cheap to copy as an integer.
template <typename T>
class Ref {
 public:
  constexpr Ref() noexcept = default;
  Ref(T* object) noexcept  // NOLINT(google-explicit-constructor): as a pointer would
      : granule_(object == nullptr ? 0
                                   : static_cast<std::uint32_t>(
                                         (reinterpret_cast<std::byte*>(object) - arena::g_base) /
                                         arena::kGranule)) {}
  static constexpr Ref from_granule(std::uint32_t granule) noexcept {
    Ref ref;
    ref.granule_ = granule;
    return ref;
  }

  [[nodiscard]] T* get() const noexcept { return granule_ == 0 ? nullptr : place(); }
  // Not null.
  T& operator*() const noexcept { return *place(); }
  T* operator->() const noexcept { return place(); }
  explicit operator bool() const noexcept { return granule_ != 0; }
  friend bool operator==(Ref, Ref) noexcept = default;
  [[nodiscard]] constexpr std::uint32_t granule() const noexcept { return granule_; }

 private:
  [[nodiscard]] T* place() const noexcept {
    return reinterpret_cast<T*>(arena::g_base + granule_ * arena::kGranule);
  }

  std::uint32_t granule_ = 0;
};

}  // namespace braid::runtime
