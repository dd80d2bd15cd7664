// The lines that stay at the bottom of the terminal while the program's other output goes on above
// them: progress bars and spinners (braid.progress).
//
// They are kept in the arena, as numbers and not as text, so that whichever thread or process
// writes to the terminal can take them away, write, and put them back as they are at that moment
// and as wide as the terminal is then. The cursor rests behind the last of them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace braid::vm::status {

struct Board;

// A line of any process; 0 = none. It is not reused.
using Id = std::uint64_t;

struct NewLine {
  bool spins = false;  // it turns by itself; else it is a bar
  bool leaves = true;  // its last state stays on the terminal
  double total = -1;   // of a bar; < 0: not known
  std::string_view text;
};

// Draws a new line. 0 if stderr is no terminal or there are too many.
[[nodiscard]] Id add(const NewLine& line) noexcept;
// From any unit, as the next two; without effect when the line is gone. Draws the lines unless that
// was done a moment ago; then a helper thread does it a moment later.
void advance(Id id, double by) noexcept;
void describe(Id id, std::string_view text) noexcept;
void remove(Id id) noexcept;
// The process is about to exit: removes its lines.
void remove_own() noexcept;

// Around all that is written to a stream: when that is the terminal where lines stand, they make
// room. The stream is locked by the caller, or nobody else's. No destructor: errors may pass it.
class OutputTurn {
 public:
  explicit OutputTurn(std::FILE* file) noexcept;
  // To be told what is written, so that text without an end of line is gone on with later.
  void wrote(std::string_view text) noexcept {
    if (board_ != nullptr) [[unlikely]]
      note(text);
  }
  void end() noexcept {
    if (board_ != nullptr) [[unlikely]]
      put_back();
  }

 private:
  void note(std::string_view text) noexcept;
  void put_back() noexcept;

  Board* board_ = nullptr;  // null: nothing is to be done
  std::FILE* file_;
  int columns_ = 0;
};

// Writes a text to stderr, in its turn.
void write_report(const char* text) noexcept;

// What was last written to stdout or stderr ended within a line.
void line_is_open(bool open) noexcept;

}  // namespace braid::vm::status
