// The encoder's map from objects to offsets, at all its sizes.
#include <cstdlib>
#include <memory>
#include <vector>

#include "codec/identity_map.hpp"
#include "tests/unit/catch.hpp"

using braid::codec::IdentityMap;

namespace {

// Objects `stride` bytes apart, for every size up to `count`.
void check_stride(std::size_t count, std::size_t stride) {
  INFO(stride);
  std::vector<char> memory(count * stride + 1);
  IdentityMap map;
  bool right = true;
  for (std::size_t i = 0; i < count; ++i) {
    const void* object = memory.data() + i * stride;
    right = right && map.find(object) == nullptr;
    map.add(object, i);
    right = right && map.find(object) != nullptr && *map.find(object) == i;
    right = right && *map.find(memory.data()) == 0;
  }
  CHECK(right);
  for (std::size_t i = 0; i < count; ++i)
    right = right && *map.find(memory.data() + i * stride) == i;
  CHECK(right);
  *map.find(memory.data()) = 7;
  CHECK(*map.find(memory.data()) == 7);
  map.clear();
  CHECK(map.find(memory.data()) == nullptr);
}

}  // namespace

TEST_CASE("codec: the identity map finds what it was given, however it lies in memory") {
  check_stride(8, 16);
  for (const std::size_t stride : {1, 16, 48, 64, 80, 512, 4096}) check_stride(20'000, stride);
}
