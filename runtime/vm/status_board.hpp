// What status_lines.hpp keeps in the arena; for its own files only.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "arena/mutex.hpp"
#include "park/clock.hpp"
#include "vm/status_lines.hpp"

namespace braid::vm::status {

inline constexpr runtime::Nanos kInterval = runtime::kNanosPerSecond / 10;  // between drawings
inline constexpr std::uint32_t kMostRows = 8;

struct Row {
  std::atomic<pid_t> owner;        // 0 = nobody's; the board's mutex to change it
  std::atomic<std::uint32_t> use;  // how many lines have been here; with the index that is the Id
  std::atomic<double> count;
  std::atomic<bool> spins;
  // Under the board's mutex:
  bool leaves;
  double total;
  runtime::Nanos start;
  std::uint32_t text_size;
  std::array<char, 160> text;
};

// Made when the first line is, one for the whole arena, and never given back.
//   Units:   any thread of any process, and the helper thread.
//   Waits:   the mutex is held while the terminal is written to.
//   Death:   a process that is killed leaves its rows, which the next one that draws clears. What
//   was
//            being written is torn. No journal: every row and number is good at any time.
//   Errors:  none.        Tests: tests/program/progress_test.lua
struct Board {
  runtime::Mutex mutex;
  dev_t terminal = 0;
  int drawn = 0;   // rows on the terminal
  int column = 0;  // of the end of the unfinished line above them; 0 = there is none
  std::atomic<std::uint32_t> up{0};  // rows that somebody owns
  std::atomic<runtime::Nanos> next_draw{0};
  std::array<Row, kMostRows> rows{};
};

// Null until there is one.
[[nodiscard]] Board* board() noexcept;

// Draws the rows. The mutex is held, and the descriptor the terminal's.
void draw(Board& board, int descriptor) noexcept;

// Has the helper thread of this process draw when that is due next, and then again and again while
// a spinner of this process is up.
void draw_later() noexcept;

}  // namespace braid::vm::status
