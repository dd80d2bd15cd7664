// SharedMemory.buf for those who write bytes to it.
#pragma once

#include <span>

#include "vm/call.hpp"

namespace braid::stdlib {

// Is argument `index` the buf of a SharedMemory?
[[nodiscard]] bool is_memory_buffer(const vm::Call& call, int index) noexcept;
// Its bytes; none once it is closed.
[[nodiscard]] std::span<unsigned char> memory_buffer(const vm::Call& call, int index) noexcept;

}  // namespace braid::stdlib
