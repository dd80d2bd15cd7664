// The types that a Value or the items of an Array can have, and the names scripts call them by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace braid::runtime {

enum class CellType : std::uint8_t {
  i8,
  u8,
  i16,
  u16,
  i32,
  u32,
  i64,
  u64,
  f32,
  f64,
  boolean,
  character,
};

// A value of any of the types: an integer (of u64 its bits), the bits of a double, 0 or 1, a byte.
using CellBits = std::uint64_t;

// Finds a type by one of its names: "i32", a letter of Python's array or ctypes, "c_int".
// False = there is none.
[[nodiscard]] bool find_cell_type(std::string_view name, CellType& type) noexcept;
[[nodiscard]] const char* name_of(CellType type) noexcept;
[[nodiscard]] std::size_t size_of(CellType type) noexcept;

[[nodiscard]] constexpr bool is_integer(CellType type) noexcept { return type <= CellType::u64; }
[[nodiscard]] constexpr bool is_float(CellType type) noexcept {
  return type == CellType::f32 || type == CellType::f64;
}

// The least and the greatest integer that fits. Of u64, as of i64: any.
struct CellRange {
  std::int64_t least;
  std::int64_t greatest;
};
[[nodiscard]] CellRange range_of(CellType type) noexcept;

// "c_int", "c_double" …, from 0; null behind the last.
[[nodiscard]] const char* c_type_name(std::size_t index) noexcept;

}  // namespace braid::runtime
