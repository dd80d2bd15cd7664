// A fast hash of bytes. Tells damage from what was sent; not a defence against forgery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace braid::codec {

__extension__ using Wide = unsigned __int128;

inline std::uint64_t hash_mix(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash(const std::byte* bytes, std::size_t size) noexcept {
  constexpr std::uint64_t kFirst = 0xA0761D6478BD642Fu;
  constexpr std::uint64_t kSecond = 0xE7037ED1A0B428DBu;
  std::uint64_t words[2];
  std::uint64_t state = hash_mix(size ^ kFirst, kSecond);
  for (; size > sizeof words; size -= sizeof words, bytes += sizeof words) {
    std::memcpy(words, bytes, sizeof words);
    state = hash_mix(words[0] ^ kSecond ^ state, words[1] ^ kFirst);
  }
  words[0] = words[1] = 0;
  if (size > 0) std::memcpy(words, bytes, size);
  return hash_mix(words[0] ^ kSecond ^ state, words[1] ^ kFirst);
}

}  // namespace braid::codec
