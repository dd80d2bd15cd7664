// Operations on one cell in shared memory, each one atomic. The memory is aligned to the cell's
// size.
#pragma once

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "shared/cell_type.hpp"

namespace braid::runtime::cell {

// Calls `function` with a zero of the type that is stored.
template <typename Function>
constexpr auto with_type(CellType type, const Function& function) {
  switch (type) {
    case CellType::i8: return function(std::int8_t{0});
    case CellType::i16: return function(std::int16_t{0});
    case CellType::u16: return function(std::uint16_t{0});
    case CellType::i32: return function(std::int32_t{0});
    case CellType::u32: return function(std::uint32_t{0});
    case CellType::i64: return function(std::int64_t{0});
    case CellType::u64: return function(std::uint64_t{0});
    case CellType::f32: return function(float{0});
    case CellType::f64: return function(double{0});
    case CellType::u8:
    case CellType::boolean:
    case CellType::character: break;
  }
  return function(std::uint8_t{0});
}

template <typename T>
constexpr CellBits to_bits(T value) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<CellBits>(static_cast<double>(value));
  } else {
    return static_cast<CellBits>(value);  // sign-extended
  }
}
template <typename T>
constexpr T from_bits(CellBits bits) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(std::bit_cast<double>(bits));
  } else {
    return static_cast<T>(bits);
  }
}

template <typename T>
std::atomic_ref<T> at(void* memory) noexcept {
  return std::atomic_ref<T>(*static_cast<T*>(memory));
}

inline CellBits load(CellType type, const void* memory) noexcept {
  return with_type(type, [memory](auto zero) {
    return to_bits(at<decltype(zero)>(const_cast<void*>(memory)).load());
  });
}

inline void store(CellType type, void* memory, CellBits value) noexcept {
  with_type(type,
            [=](auto zero) { at<decltype(zero)>(memory).store(from_bits<decltype(zero)>(value)); });
}

inline CellBits exchange(CellType type, void* memory, CellBits value) noexcept {
  return with_type(type, [=](auto zero) {
    return to_bits(at<decltype(zero)>(memory).exchange(from_bits<decltype(zero)>(value)));
  });
}

// Equal as numbers are: -0.0 is 0.0, and nan is nothing.
inline bool compare_exchange(CellType type, void* memory, CellBits expected,
                             CellBits desired) noexcept {
  return with_type(type, [=](auto zero) {
    using T = decltype(zero);
    const auto cell = at<T>(memory);
    T seen = cell.load();
    while (seen == from_bits<T>(expected)) {
      if (cell.compare_exchange_weak(seen, from_bits<T>(desired))) return true;
    }
    return false;
  });
}

// What `value` plus `delta` is as a T; false = it does not fit. The delta of an integer is a signed
// one, of u64 too.
template <typename T>
bool sum(T value, CellBits delta, T& result) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    const double exact = static_cast<double>(value) + std::bit_cast<double>(delta);
    result = static_cast<T>(exact);
    return std::isinf(exact) || !std::isinf(result);
  } else {
    return !__builtin_add_overflow(value, static_cast<std::int64_t>(delta), &result);
  }
}

// False, and nothing has changed: the sum is out of range.
inline bool add(CellType type, void* memory, CellBits delta, CellBits& result) noexcept {
  return with_type(type, [=, &result](auto zero) {
    using T = decltype(zero);
    const auto cell = at<T>(memory);
    T seen = cell.load();
    T wanted;
    do {
      if (!sum(seen, delta, wanted)) return false;
    } while (!cell.compare_exchange_weak(seen, wanted));
    result = to_bits(wanted);
    return true;
  });
}

}  // namespace braid::runtime::cell
