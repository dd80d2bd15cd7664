// The order of stores, as a process sees it that finds another one killed between two of them.
#pragma once

#include <atomic>

namespace braid::runtime {

// Keeps the compiler from moving stores across. The processor needs no fence: whoever takes the
// mutex of a dead holder sees all that it has done.
inline void keep_order() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace braid::runtime
