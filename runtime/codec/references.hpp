// The references at the end of a message, found without walking its values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/hash.hpp"
#include "codec/types.hpp"
#include "codec/wire.hpp"

namespace braid::codec {

struct References {
  const std::byte* rows = nullptr;
  std::uint32_t count = 0;

  [[nodiscard]] Reference operator[](std::size_t i) const noexcept {
    const std::byte* row = rows + i * wire::kReferenceSize;
    return {wire::get_raw<std::uint32_t>(row),
            wire::get_raw<std::uint64_t>(row + sizeof(std::uint32_t))};
  }
};

inline std::uint32_t check_of(const std::byte* rows, std::uint32_t count) noexcept {
  return static_cast<std::uint32_t>(hash(rows, count * wire::kReferenceSize));
}

// False: the bytes are damaged. Otherwise the values end where `rows` begin.
inline bool find_references(const std::byte* message, std::size_t size,
                            References& found) noexcept {
  found.rows = message + size;
  found.count = 0;
  if (size == 0 || (message[0] & wire::kReferences) == std::byte{0}) return size != 0;
  if (size < 1 + wire::kReferencesEnd) return false;
  const std::byte* end = message + size - wire::kReferencesEnd;
  const auto count = wire::get_raw<std::uint32_t>(end);
  const auto check = wire::get_raw<std::uint32_t>(end + sizeof count);
  const auto room = static_cast<std::size_t>(end - message - 1) / wire::kReferenceSize;
  if (count > room) return false;
  const std::byte* rows = end - count * wire::kReferenceSize;
  if (check != check_of(rows, count)) return false;
  found = {rows, count};
  return true;
}

}  // namespace braid::codec
