#include "shared/cell_type.hpp"

#include <iterator>
#include <limits>

#include "shared/cell.hpp"

namespace braid::runtime {
namespace {

struct Name {
  const char* name;
  CellType type;
};

// The sizes of C's types are those of 64-bit Linux.
constexpr Name kCTypes[] = {
    {"c_bool", CellType::boolean}, {"c_byte", CellType::i8},       {"c_char", CellType::character},
    {"c_double", CellType::f64},   {"c_float", CellType::f32},     {"c_int", CellType::i32},
    {"c_int8", CellType::i8},      {"c_int16", CellType::i16},     {"c_int32", CellType::i32},
    {"c_int64", CellType::i64},    {"c_long", CellType::i64},      {"c_longlong", CellType::i64},
    {"c_short", CellType::i16},    {"c_size_t", CellType::u64},    {"c_ssize_t", CellType::i64},
    {"c_ubyte", CellType::u8},     {"c_uint", CellType::u32},      {"c_uint8", CellType::u8},
    {"c_uint16", CellType::u16},   {"c_uint32", CellType::u32},    {"c_uint64", CellType::u64},
    {"c_ulong", CellType::u64},    {"c_ulonglong", CellType::u64}, {"c_ushort", CellType::u16},
};

constexpr Name kLetters[] = {
    {"b", CellType::i8},        {"B", CellType::u8},      {"h", CellType::i16},
    {"H", CellType::u16},       {"i", CellType::i32},     {"I", CellType::u32},
    {"l", CellType::i64},       {"L", CellType::u64},     {"q", CellType::i64},
    {"Q", CellType::u64},       {"f", CellType::f32},     {"d", CellType::f64},
    {"c", CellType::character}, {"?", CellType::boolean},
};

constexpr const char* kNames[] = {"i8",  "u8",  "i16", "u16", "i32",  "u32",
                                  "i64", "u64", "f32", "f64", "bool", "char"};
constexpr std::size_t kTypes = std::size(kNames);

}  // namespace

const char* c_type_name(std::size_t index) noexcept {
  return index < std::size(kCTypes) ? kCTypes[index].name : nullptr;
}

bool find_cell_type(std::string_view name, CellType& type) noexcept {
  for (std::size_t i = 0; i < kTypes; ++i) {
    if (name == kNames[i]) return type = static_cast<CellType>(i), true;
  }
  for (const Name& letter : kLetters) {
    if (name == letter.name) return type = letter.type, true;
  }
  for (const Name& c_type : kCTypes) {
    if (name == c_type.name) return type = c_type.type, true;
  }
  return false;
}

const char* name_of(CellType type) noexcept { return kNames[static_cast<std::size_t>(type)]; }

std::size_t size_of(CellType type) noexcept {
  return cell::with_type(type, [](auto zero) { return sizeof zero; });
}

CellRange range_of(CellType type) noexcept {
  return cell::with_type(type, [](auto zero) -> CellRange {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && sizeof(T) < sizeof(std::int64_t)) {
      return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    }
    return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  });
}

}  // namespace braid::runtime
