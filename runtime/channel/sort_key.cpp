#include "channel/sort_key.hpp"

#include <cmath>
#include <cstring>

namespace braid::runtime {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

bool less(std::int64_t a, double b) noexcept {
  if (b >= kTwoTo63) return true;
  return b > -kTwoTo63 && a < static_cast<std::int64_t>(std::ceil(b));
}

bool less(double a, std::int64_t b) noexcept {
  if (a < -kTwoTo63) return true;
  return a < kTwoTo63 && static_cast<std::int64_t>(std::floor(a)) < b;
}

int sign(bool less, bool greater) noexcept { return less ? -1 : greater ? 1 : 0; }

const char* text_of(const SortKey& key) noexcept { return reinterpret_cast<const char*>(&key + 1); }

// strcoll stops at a zero byte: what lies behind it is compared next.
int compare_text(const SortKey& a, const SortKey& b) noexcept {
  const char* left = text_of(a);
  const char* right = text_of(b);
  std::size_t left_size = a.value.length;
  std::size_t right_size = b.value.length;
  for (;;) {
    const int order = std::strcoll(left, right);
    if (order != 0) return order;
    const std::size_t piece = std::strlen(left);
    if (piece == right_size) return piece == left_size ? 0 : 1;
    if (piece == left_size) return -1;
    // Two pieces that are equal to the locale need not be of one length.
    const std::size_t other = std::strlen(right);
    if (other == right_size) return 1;
    left += piece + 1;
    left_size -= piece + 1;
    right += other + 1;
    right_size -= other + 1;
  }
}

int compare(const SortKey& a, const SortKey& b) noexcept {
  using Type = SortKey::Type;
  if (!a.comparable(b)) return a.type == Type::text ? 1 : -1;
  if (a.type == Type::text) return compare_text(a, b);
  if (a.type == Type::integer && b.type == Type::integer) {
    return sign(a.value.integer < b.value.integer, b.value.integer < a.value.integer);
  }
  if (a.type == Type::number && b.type == Type::number) {
    return sign(a.value.number < b.value.number, b.value.number < a.value.number);
  }
  if (a.type == Type::integer) {
    return sign(less(a.value.integer, b.value.number), less(b.value.number, a.value.integer));
  }
  return sign(less(a.value.number, b.value.integer), less(b.value.integer, a.value.number));
}

}  // namespace

void SortKey::write(std::byte* to, std::string_view text) const noexcept {
  std::memcpy(to, this, sizeof *this);
  if (type != Type::text) return;
  std::memcpy(to + sizeof *this, text.data(), text.size());
  to[sizeof *this + text.size()] = std::byte{0};
}

bool SortKey::before(const SortKey& other) const noexcept {
  const int order = compare(*this, other);
  return order != 0 ? order < 0 : sequence < other.sequence;
}

}  // namespace braid::runtime
